/** `hebb runs`: the runs of a project, of a sweep or of any folder of runs; one of them whole; and as a report or for TensorBoard. */
import { join } from 'node:path';
import * as v from 'valibot';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { flattenSettings } from '../../compute/graph/settings-paths';
import { graphDifference, settingDifferences } from '../../compute/layers/network-differences';
import { projectFileName } from '../services/project-file';
import { outcomeOf, type RunFile } from '../services/run-file';
import { runsFolder } from '../services/run-folders';
import { eventFilesOf, reportOf } from '../services/run-exports';
import { readRunsIn, readWholeRun } from '../services/runs';
import { ServiceError } from '../services/service-error';
import { createFolder, writeFile, writeNewFile } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { readJournal } from '../storage/journal';
import { isLocked } from '../storage/lock';
import type { ValuesFor } from './commands';
import { count, duration, figure } from './numbers';
import { sweepFileName } from './sweep-plan';
import type { ExitCode, Surroundings } from './surroundings';

/** The folder whose folders are runs: that of a project or sweep, or the one that is named. */
async function folderOfRuns({ fileSystem, resolvePath }: Surroundings, named: string): Promise<string> {
  const path = resolvePath(named);
  if ((await statusOrNull(fileSystem, path))?.isFolder !== true) throw new ServiceError('cli.not-a-folder', { path: named });
  const inside = runsFolder(path);
  return (await statusOrNull(fileSystem, inside)) === null ? path : inside;
}

/** Whether somebody may be training in the folder. Who trains in a project or a sweep has its lock; of other folders nobody can tell. */
async function isInTraining({ fileSystem, resolvePath }: Surroundings, named: string): Promise<boolean> {
  const path = resolvePath(named);
  const owned = [projectFileName, sweepFileName].map((name) => statusOrNull(fileSystem, join(path, name)));
  return (await Promise.all(owned)).every((status) => status === null) || (await isLocked(fileSystem, path));
}

/** A run that nobody is left to finish was interrupted. */
const statusOf = ({ status }: RunFile, isTrained: boolean): string => (status === 'running' && !isTrained ? 'interrupted' : status);

async function outcomeIn({ fileSystem }: Surroundings, folder: string, run: RunFile) {
  return run.outcome ?? outcomeOf((await readJournal(fileSystem, join(folder, 'metrics.jsonl'))).records);
}

const epochsText = (epochs: number): string => (epochs === 1 ? '1 epoch' : `${count(epochs)} epochs`);

const measuresText = (best: Readonly<Record<string, number | null>>): string =>
  Object.entries(best)
    .filter(([key, value]) => key.startsWith('validation/') && value !== null)
    .map(([key, value]) => `${key.slice('validation/'.length)} ${figure(value ?? NaN)}`)
    .join(', ');

export async function runs(words: readonly string[], values: ValuesFor<'runs'>, surroundings: Surroundings): Promise<ExitCode> {
  const { output } = surroundings;
  const [named = '', wanted, other] = words;
  const folder = await folderOfRuns(surroundings, named);
  const all = await readRunsIn(surroundings.fileSystem, folder);
  const find = (id: string) => {
    const found = all.find(({ run, folder: path }) => run.id === id || path === join(folder, id));
    if (found === undefined) throw new ServiceError('run.unknown', { run: id });
    return found;
  };
  const isTrained = await isInTraining(surroundings, named);
  if (wanted !== undefined && other === undefined) return showRun(find(wanted).folder, wanted, isTrained, values, surroundings);
  if (values.report !== null || values.tensorboard !== null) throw new ServiceError('cli.runs-which');
  if (wanted !== undefined && other !== undefined) return compareRuns(find(wanted), find(other), values.json, surroundings);
  const lines: (readonly [string, string, string, string, string])[] = [];
  for (const { folder: path, run } of all) {
    const outcome = await outcomeIn(surroundings, path, run);
    const { document, outcome: lastOutcome, ...facts } = run;
    const status = statusOf(run, isTrained);
    if (values.json) output.json({ ...facts, status, measures: outcome });
    else lines.push([run.id, status, epochsText(outcome.epochs), measuresText(outcome.best), run.name]);
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines)
    output.line(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  return 0;
}

async function showRun(
  folder: string,
  id: string,
  isTrained: boolean,
  { json, report, tensorboard }: ValuesFor<'runs'>,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { fileSystem, output, resolvePath } = surroundings;
  const whole = await readWholeRun(fileSystem, folder, id);
  const { run } = whole;
  if (report !== null) await writeFile(fileSystem, resolvePath(report), reportOf(whole));
  if (tensorboard !== null) {
    const files = eventFilesOf(whole);
    if (files.size === 0) throw new ServiceError('run.nothing-measured', { run: id });
    const seconds = Math.floor(Date.parse(run.startedAt) / 1000);
    await createFolder(fileSystem, resolvePath(tensorboard), async (temporary) => {
      for (const [of, bytes] of files) {
        await fileSystem.createFolder(join(temporary, of));
        await writeNewFile(fileSystem, join(temporary, of, `events.out.tfevents.${String(seconds)}.hebb`), bytes);
      }
    });
  }
  const outcome = await outcomeIn(surroundings, folder, run);
  if (json) {
    output.json({ ...run, status: statusOf(run, isTrained), outcome, evaluation: whole.evaluation });
    return 0;
  }
  output.line(
    `${run.name === '' ? run.id : `${run.name} (${run.id})`}: ${statusOf(run, isTrained)}, on ${run.dataset}, started ${run.startedAt}`,
  );
  output.line(
    `  ${epochsText(outcome.epochs)}, ${count(outcome.steps)} steps${outcome.seconds === null ? '' : ` in ${duration(outcome.seconds)}`}`,
  );
  for (const [key, value] of Object.entries(outcome.last))
    output.line(`  ${key} ${figure(value ?? NaN)}, best ${figure(outcome.best[key] ?? NaN)}`);
  if (run.tags.length > 0) output.line(`  tags: ${run.tags.join(', ')}`);
  if (run.parent !== null) output.line(`  branched off ${run.parent.run} at step ${count(run.parent.step)}`);
  for (const [path, text] of flattenSettings(run.settings)) output.line(`  ${path} = ${text}`);
  if (run.notes !== '') output.line(`  ${run.notes.replaceAll('\n', '\n  ')}`);
  return 0;
}

interface FoundRun {
  readonly folder: string;
  readonly run: RunFile;
}

/** What differs between two runs, the first's value before the second's; and what each measured last. */
async function compareRuns(first: FoundRun, second: FoundRun, json: boolean, surroundings: Surroundings): Promise<ExitCode> {
  const { output } = surroundings;
  const settings = settingDifferences(first.run.settings, second.run.settings);
  const [a, b] = [first, second].map(({ run }) => v.safeParse(modelDocumentSchema, run.document));
  const network = a?.success === true && b?.success === true ? graphDifference(a.output, b.output) : null;
  const [one, other] = [await outcomeIn(surroundings, first.folder, first.run), await outcomeIn(surroundings, second.folder, second.run)];
  const measures = [...new Set([...Object.keys(one.last), ...Object.keys(other.last)])].map((measure) => ({
    measure,
    first: one.last[measure] ?? null,
    second: other.last[measure] ?? null,
  }));
  if (json) {
    output.json({ runs: [first.run.id, second.run.id], settings, network, measures });
    return 0;
  }
  const say = (path: string, before: string | null, after: string | null): void => {
    output.line(`  ${path}: ${before ?? '–'} → ${after ?? '–'}`);
  };
  output.line(`${first.run.id} → ${second.run.id}`);
  for (const { path, first: before, second: after } of settings) say(path, before, after);
  for (const { id, kind } of network?.removedNodes ?? []) say(id, kind, null);
  for (const { id, kind } of network?.addedNodes ?? []) say(id, null, kind);
  for (const { id, changes } of network?.changedNodes ?? [])
    for (const { path, first: before, second: after } of changes) say(`${id}.${path}`, before, after);
  for (const edge of network?.removedEdges ?? []) output.line(`  without ${edge}`);
  for (const edge of network?.addedEdges ?? []) output.line(`  with ${edge}`);
  for (const { measure, first: before, second: after } of measures) say(measure, figure(before ?? NaN), figure(after ?? NaN));
  return 0;
}
