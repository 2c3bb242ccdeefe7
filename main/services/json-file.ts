/** Reads JSON files against a schema; says apart that there is none, that it is broken, and that it does not fit. */
import * as v from 'valibot';
import { readFile, type FileSystem } from '../storage/file-system';

/** Bytes; no file that Hebb keeps as JSON comes near it. */
const largest = 64 * 1024 * 1024;

export type JsonFile<Value> =
  { readonly state: 'read'; readonly value: Value } | { readonly state: 'missing' } | { readonly state: 'broken'; readonly reason: string };

/** Lists and objects in one another: what is deeper than any file of ours could not be written again. */
const deepest = 100;

/** Whether JSON nests deeper than that, strings left out. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > deepest) return true;
  }
  return false;
}

/** The bytes of a JSON file. */
export function parseJson(bytes: Uint8Array): Exclude<JsonFile<unknown>, { readonly state: 'missing' }> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return isTooDeep(text) ? { state: 'broken', reason: `it is more than ${String(deepest)} lists deep` } : { state: 'read', value };
  } catch (error) {
    return { state: 'broken', reason: error instanceof Error ? error.message : String(error) };
  }
}

export async function readJson(fileSystem: FileSystem, path: string): Promise<JsonFile<unknown>> {
  const bytes = await readFile(fileSystem, path, largest);
  return bytes === null ? { state: 'missing' } : parseJson(bytes);
}

/** Where a value differs from its schema, at most three issues. */
export const describeIssues = (issues: readonly v.BaseIssue<unknown>[]): string =>
  issues
    .slice(0, 3)
    .map((issue) => `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`)
    .join('; ');

export async function readJsonAs<Schema extends v.GenericSchema>(
  fileSystem: FileSystem,
  path: string,
  schema: Schema,
): Promise<JsonFile<v.InferOutput<Schema>>> {
  const file = await readJson(fileSystem, path);
  if (file.state !== 'read') return file;
  const parsed = v.safeParse(schema, file.value);
  return parsed.success ? { state: 'read', value: parsed.output } : { state: 'broken', reason: describeIssues(parsed.issues) };
}
