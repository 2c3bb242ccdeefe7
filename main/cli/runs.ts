/** `hebb runs`: the runs of a project, of a sweep or of any folder of runs; one of them whole; and as a report or for TensorBoard. */
import { join } from 'node:path';
import { flattenSettings } from '../../compute/graph/settings-paths';
import { outcomeOf, type RunFile } from '../services/run-file';
import { runsFolder } from '../services/run-folders';
import { eventFilesOf, reportOf } from '../services/run-exports';
import { readRunsIn, readWholeRun } from '../services/runs';
import { ServiceError } from '../services/service-error';
import { createFolder, writeFile, writeNewFile } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { readJournal } from '../storage/journal';
import type { ValuesFor } from './commands';
import { count, duration, figure } from './numbers';
import type { ExitCode, Surroundings } from './surroundings';

/** The folder whose folders are runs: that of a project or sweep, or the one that is named. */
async function folderOfRuns({ fileSystem, resolvePath }: Surroundings, named: string): Promise<string> {
  const path = resolvePath(named);
  if ((await statusOrNull(fileSystem, path))?.isFolder !== true) throw new ServiceError('cli.not-a-folder', { path: named });
  const inside = runsFolder(path);
  return (await statusOrNull(fileSystem, inside)) === null ? path : inside;
}

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
  const [named = '', wanted] = words;
  const folder = await folderOfRuns(surroundings, named);
  const all = await readRunsIn(surroundings.fileSystem, folder);
  if (wanted !== undefined) {
    const found = all.find(({ run, folder: path }) => run.id === wanted || path === join(folder, wanted));
    if (found === undefined) throw new ServiceError('run.unknown', { run: wanted });
    return showRun(found.folder, wanted, values, surroundings);
  }
  if (values.report !== null || values.tensorboard !== null) throw new ServiceError('cli.runs-which');
  const lines: (readonly [string, string, string, string, string])[] = [];
  for (const { folder: path, run } of all) {
    const outcome = await outcomeIn(surroundings, path, run);
    const { document, outcome: lastOutcome, ...facts } = run;
    if (values.json) output.json({ ...facts, measures: outcome });
    else lines.push([run.id, run.status, epochsText(outcome.epochs), measuresText(outcome.best), run.name]);
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
    output.json({ ...run, outcome, evaluation: whole.evaluation });
    return 0;
  }
  output.line(`${run.name === '' ? run.id : `${run.name} (${run.id})`}: ${run.status}, on ${run.dataset}, started ${run.startedAt}`);
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
