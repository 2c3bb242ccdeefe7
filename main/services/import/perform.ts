/** The work of an import, in whatever thread: looking at what there is, and reading it into a folder. */
import { join } from 'node:path';
import { createFolder, writeNewFile } from '../../storage/atomic';
import type { FileSystem } from '../../storage/file-system';
import { verifyDataset } from '../dataset-cache';
import { summarise } from '../dataset-summaries';
import type { Progress } from '../jobs';
import { ServiceError } from '../service-error';
import type { DecodePool } from './decode-pool';
import { openEntries, type ImportPlace } from './sources';
import { createSkipList, whyNothing } from './report';
import { kindDefinitions, kindsOf } from './kinds/registry';
import type { Inspection, KindDefinition, RunContext } from './kind';
import type { ContractResponse } from '../../contract/contract';
import type { ImportKind, ImportOptions } from './splits';

export interface InspectTask {
  readonly task: 'inspect';
  readonly place: ImportPlace;
  readonly kind: ImportKind | null;
  readonly options: ImportOptions | null;
}

export interface RunTask {
  readonly task: 'run';
  readonly place: ImportPlace;
  readonly options: ImportOptions;
  /** Of the new data set; the folder's parent must be there. */
  readonly folder: string;
  readonly id: string;
  readonly name: string;
}

export type ImportTask = InspectTask | RunTask;
export type ImportAnswer = ContractResponse<'imports.inspect'> | ContractResponse<'imports.run'>;

export const reportFile = 'report.json';

/** The definition of a kind takes the options of its kind, which the callers pair. */
const definitionOf = (kind: ImportKind): KindDefinition<ImportKind> => kindDefinitions[kind] as unknown as KindDefinition<ImportKind>;

/** Files at which an inspection looks for their sizes at once. */
const atOnce = 64;

async function totalBytes(entries: readonly { readonly size: () => Promise<number> }[]): Promise<number> {
  let bytes = 0;
  for (let from = 0; from < entries.length; from += atOnce) {
    const sizes = await Promise.all(entries.slice(from, from + atOnce).map((entry) => entry.size().catch(() => 0)));
    for (const size of sizes) bytes += size;
  }
  return bytes;
}

/** Errors: import.*, zip.*, those of the format, disk.*. */
async function inspect(fileSystem: FileSystem, { place, kind, options }: InspectTask, pool: DecodePool): Promise<Inspection> {
  const list = await openEntries(fileSystem, place);
  try {
    const { entries, name } = list;
    const kinds = kindsOf(entries);
    const chosen = options?.kind ?? kind ?? kinds[0];
    if (chosen === undefined) throw new ServiceError('import.unknown-kind', { name, count: entries.length });
    const skips = createSkipList();
    for (const { file, problem } of list.problems) skips.add(problem, file);
    const definition = definitionOf(chosen);
    const proposal = await definition.propose({ entries, name, skips, pool }, options);
    return {
      kinds: [...new Set([chosen, ...kinds])],
      name,
      entries: entries.length,
      bytes: await totalBytes(entries),
      options: proposal.options,
      choices: { arrays: [], tables: [], folders: [], ...proposal.choices },
      preview: { samples: [], rows: null, text: null, classes: [], sampleShape: null, ...proposal.preview },
      problems: skips.problems.slice(0, 100),
    };
  } finally {
    await list.close();
  }
}

/** Nothing is left of an import that fails. Errors: import.*, zip.*, those of the format, job.cancelled, disk.*. */
async function runImport(
  fileSystem: FileSystem,
  { place, options, folder, id, name }: RunTask,
  pool: DecodePool,
  progress: Progress,
): Promise<ContractResponse<'imports.run'>> {
  const started = performance.now();
  progress.report(0, 'looking');
  const list = await openEntries(fileSystem, place);
  const skips = createSkipList();
  try {
    for (const { file, problem } of list.problems) skips.add(problem, file);
    return await createFolder(fileSystem, folder, async (temporary) => {
      const context: RunContext = {
        ...{ entries: list.entries, name: list.name, skips, pool, fileSystem },
        folder: temporary,
        description: { id, name, source: list.name, licence: 'unknown' },
        progress: (fraction) => {
          progress.report(0.95 * fraction, 'reading');
        },
      };
      const ran = await definitionOf(options.kind).run(context, options);
      progress.report(0.95, 'checking');
      await verifyDataset(fileSystem, temporary, ran.manifest);
      const report = {
        read: ran.manifest.count,
        skipped: skips.count,
        problems: [...skips.problems],
        duplicates: ran.duplicates,
        classes: ran.classes,
        bytes: ran.bytes,
        seconds: (performance.now() - started) / 1000,
      };
      await writeNewFile(fileSystem, join(temporary, reportFile), new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`));
      return { dataset: summarise(ran.manifest, false), report };
    });
  } catch (error) {
    throw whyNothing(error, list.name, skips);
  } finally {
    await list.close();
  }
}

/** Does either task in this thread. */
export const perform = async (fileSystem: FileSystem, task: ImportTask, pool: DecodePool, progress: Progress): Promise<ImportAnswer> =>
  task.task === 'inspect' ? await inspect(fileSystem, task, pool) : await runImport(fileSystem, task, pool, progress);
