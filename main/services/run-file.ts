/** The form of run.json: schema, versions, what a person may edit in it. It knows no disk. */
import * as v from 'valibot';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { isBetterHigher, measuresOf } from '../contract/run-records';
import { describeIssues } from './json-file';
import { migrate, type Migration } from './migration';

const RUN_FORMAT_VERSION = 2;
/** In the folder of a run. */
export const runFileName = 'run.json';

export type RunSummary = ContractResponse<'runs.list'>[number];
export type RunOutcome = RunSummary['measures'];

const timestamp = v.pipe(v.string(), v.isoTimestamp());
const measures = v.record(v.string(), v.nullable(v.number()));

const runFileSchema = v.object({
  format: v.literal('hebb-run'),
  version: v.literal(RUN_FORMAT_VERSION),
  id: v.string(),
  startedAt: timestamp,
  finishedAt: v.nullable(timestamp),
  status: v.picklist(['running', 'finished', 'stopped', 'failed', 'paused']),
  settings: v.unknown(),
  document: v.unknown(),
  dataset: v.string(),
  device: v.unknown(),
  versions: v.record(v.string(), v.string()),
  name: v.string(),
  notes: v.string(),
  tags: v.array(v.string()),
  pinned: v.boolean(),
  hidden: v.boolean(),
  parent: v.nullable(v.object({ run: v.string(), step: v.number() })),
  trial: v.nullable(v.object({ sweep: v.string(), trial: v.number() })),
  /** What the command line measured on the test split. */
  result: v.optional(v.unknown()),
  /** Written when a run ends; until then what came out is in metrics.jsonl alone. */
  outcome: v.nullable(v.object({ steps: v.number(), epochs: v.number(), seconds: v.nullable(v.number()), last: measures, best: measures })),
});
export type RunFile = v.InferOutput<typeof runFileSchema>;

/** What version 2 added, as it is for a run that nobody has said anything of. */
const nothingSaid = { name: '', notes: '', tags: [], pinned: false, hidden: false, parent: null, trial: null, outcome: null };

/** By the version that they start from. */
const migrations: ReadonlyMap<number, Migration> = new Map([[1, (file) => ({ ...file, ...nothingSaid })]]);

export type RunReading = { readonly ok: true; readonly run: RunFile } | { readonly ok: false; readonly reason: string };

/** Checks what was parsed from run.json, lifted from older versions. */
export function readRunFile(value: unknown): RunReading {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 'hebb-run')
    return { ok: false, reason: 'it is not a run' };
  const version = 'version' in value ? value.version : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return { ok: false, reason: 'it has no version' };
  if (version > RUN_FORMAT_VERSION) return { ok: false, reason: `version ${String(version)} is of a newer Hebb` };
  const parsed = v.safeParse(runFileSchema, migrate({ ...value }, version, RUN_FORMAT_VERSION, migrations));
  return parsed.success ? { ok: true, run: parsed.output } : { ok: false, reason: describeIssues(parsed.issues) };
}

export interface NewRun extends Omit<ContractRequest<'runs.create'>, 'project'> {
  readonly id: string;
  readonly startedAt: string;
  readonly versions: Readonly<Record<string, string>>;
}

export const newRunFile = ({
  id,
  startedAt,
  settings,
  document,
  dataset,
  device,
  versions,
  name,
  tags,
  parent,
  trial,
}: NewRun): RunFile => ({
  format: 'hebb-run',
  version: RUN_FORMAT_VERSION,
  id,
  startedAt,
  finishedAt: null,
  status: 'running',
  settings,
  document,
  dataset,
  device,
  versions: { ...versions },
  ...nothingSaid,
  name: name ?? '',
  tags: [...new Set(tags ?? [])],
  parent: parent ?? null,
  trial: trial ?? null,
});

/** With what a person changed; what is left out stays. */
export function editedRun(run: RunFile, { name, notes, tags, pinned, hidden }: ContractRequest<'runs.edit'>): RunFile {
  return {
    ...run,
    name: name ?? run.name,
    notes: notes ?? run.notes,
    tags: tags === undefined ? run.tags : [...new Set(tags)],
    pinned: pinned ?? run.pinned,
    hidden: hidden ?? run.hidden,
  };
}

const storable = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);

/** What came out of a run, by its records. */
export function outcomeOf(records: readonly unknown[]): RunOutcome {
  const { series, epochs } = measuresOf(records);
  const last: Record<string, number | null> = {};
  const best: Record<string, number | null> = {};
  let steps = 0;
  let seconds: number | null = null;
  for (const { measure, of, steps: at, values, seconds: times } of series) {
    steps = Math.max(steps, at.at(-1) ?? 0);
    const passed = storable(times.at(-1));
    if (passed !== null) seconds = Math.max(seconds ?? 0, passed);
    if (of === 'batch') continue;
    const finite = values.filter((value) => Number.isFinite(value));
    const better = (first: number, second: number): number => (isBetterHigher(measure) ? Math.max(first, second) : Math.min(first, second));
    last[`${of}/${measure}`] = storable(values.at(-1));
    best[`${of}/${measure}`] = finite.length === 0 ? null : finite.reduce(better);
  }
  return { steps, epochs: epochs.at(-1)?.epoch ?? 0, seconds, last, best };
}

/** As lists show it. `interrupted`: nobody is left to finish it. */
export function summaryOf(run: RunFile, isActive: boolean, outcome: RunOutcome): RunSummary {
  const { id, startedAt, finishedAt, status, settings, dataset, device, versions, name, notes, tags, pinned, hidden, parent, trial } = run;
  return {
    id,
    startedAt,
    finishedAt,
    status: status === 'running' && !isActive ? 'interrupted' : status,
    settings,
    dataset,
    device,
    versions,
    name,
    notes,
    tags,
    pinned,
    hidden,
    parent,
    trial,
    measures: outcome,
  };
}
