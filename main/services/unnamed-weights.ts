/**
 * Imported weights that nothing in a project names any more: neither its content, saved or autosaved, nor an earlier version, a
 * run, a checkpoint or a sweep, removed ones among them. Names are looked for in the text of all these files, so that one of
 * another version, or a broken one, counts as well.
 */
import { join } from 'node:path';
import { readPieces, statusOrNull, type FileSystem } from '../storage/file-system';
import { projectWeightsFolder, weightsFileName } from './project-weights';
import { foreseen } from './service-error';

/** Milliseconds that weights are kept though nothing names them: a window of another process may still undo its way back to them. */
const grace = 24 * 60 * 60 * 1000;

const anyName = /[0-9a-f]{32}\.safetensors/g;
const nameLength = 32 + '.safetensors'.length;
/** project.json, autosave.json, 7.json, state.json; project.json.broken; not the journals of runs. */
const mayName = /\.json(\.|$)/;
/** Of the project's own: what lies there names no weights and may be large. */
const skipped: ReadonlySet<string> = new Set([projectWeightsFolder, 'exports']);
/** trash/runs/<run>/checkpoints/<checkpoint>, and then some. */
const deepest = 8;

class Unclear extends Error {}

/** Takes the names that stand in the file from `unnamed`. */
async function strikeNames(fileSystem: FileSystem, path: string, unnamed: Set<string>): Promise<void> {
  let rest = '';
  for await (const piece of readPieces(fileSystem, path)) {
    // A name may stand across two pieces.
    const text = rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    for (const [name] of text.matchAll(anyName)) unnamed.delete(name);
    rest = text.slice(-(nameLength - 1));
  }
}

async function strikeNamesBelow(fileSystem: FileSystem, folder: string, depth: number, unnamed: Set<string>): Promise<void> {
  if (depth > deepest) throw new Unclear(`${folder} lies deeper than a project`);
  for (const { name, isFolder, special } of await fileSystem.list(folder)) {
    if (unnamed.size === 0) return;
    if (depth === 0 && skipped.has(name)) continue;
    const path = join(folder, name);
    // What lies elsewhere may name any.
    if (special === 'link') throw new Unclear(`${path} is a link`);
    if (isFolder) await strikeNamesBelow(fileSystem, path, depth + 1, unnamed);
    else if (special === null && mayName.test(name)) await strikeNames(fileSystem, path, unnamed);
  }
}

/** Files of weights that were there for longer than the grace. */
async function oldWeights(fileSystem: FileSystem, folder: string, now: number): Promise<Set<string>> {
  const found = new Set<string>();
  if ((await statusOrNull(fileSystem, folder)) === null) return found;
  for (const { name, isFolder, special } of await fileSystem.list(folder)) {
    if (isFolder || special !== null || !weightsFileName.test(name)) continue;
    if (now - (await fileSystem.status(join(folder, name))).modified > grace) found.add(name);
  }
  return found;
}

/**
 * Removes them, for whoever has the project's lock and no window in which an undo could bring them back. `now` in milliseconds
 * since 1970. Where anything cannot be read nothing is removed; what cannot be removed goes next time.
 */
export async function removeUnnamedWeights(fileSystem: FileSystem, project: string, now: number): Promise<void> {
  const folder = join(project, projectWeightsFolder);
  try {
    const unnamed = await oldWeights(fileSystem, folder, now);
    if (unnamed.size > 0) await strikeNamesBelow(fileSystem, project, 0, unnamed);
    for (const name of unnamed) await fileSystem.removeFile(join(folder, name));
  } catch (error) {
    if (!(error instanceof Unclear) && foreseen(error) === null) throw error;
  }
}
