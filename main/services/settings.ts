/** Settings of the program and the list of recent projects: two small JSON files, written whole. */
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFile, writeJson } from '../storage/atomic';
import { readFile } from '../storage/file-system';
import type { Context } from './context';
import { readJsonAs } from './json-file';

const settingsSchema = v.record(v.string(), v.unknown());
const recentSchema = v.object({
  format: v.literal('hebb-recent'),
  version: v.literal(1),
  projects: v.array(v.object({ path: v.string(), openedAt: v.string() })),
});

export type Settings = v.InferOutput<typeof settingsSchema>;
export interface RecentProject {
  readonly path: string;
  readonly openedAt: string;
}

const longestRecentList = 20;

/** A file that cannot be read is kept aside before another takes its place. */
async function keepAside({ fileSystem }: Context, path: string): Promise<void> {
  const bytes = await readFile(fileSystem, path);
  if (bytes !== null) await writeFile(fileSystem, `${path}.broken`, bytes);
}

async function readOwn<Schema extends v.GenericSchema>(
  context: Context,
  name: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | null> {
  const path = join(context.places.settings, name);
  const file = await readJsonAs(context.fileSystem, path, schema);
  if (file.state === 'broken') await keepAside(context, path);
  return file.state === 'read' ? file.value : null;
}

async function writeOwn(context: Context, name: string, value: unknown): Promise<void> {
  await context.fileSystem.createFolder(context.places.settings);
  await writeJson(context.fileSystem, join(context.places.settings, name), value);
}

export const readSettings = async (context: Context): Promise<Settings> => (await readOwn(context, 'settings.json', settingsSchema)) ?? {};

/** Merges these keys; a value of null removes its key. */
export const writeSettings = (context: Context, changes: Settings): Promise<void> =>
  context.inTurn('settings', async () => {
    const merged = { ...(await readSettings(context)), ...changes };
    await writeOwn(context, 'settings.json', Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
  });

/** The project opened last comes first. */
export const readRecent = async (context: Context): Promise<readonly RecentProject[]> =>
  (await readOwn(context, 'recent.json', recentSchema))?.projects ?? [];

export const addRecent = (context: Context, path: string): Promise<void> =>
  context.inTurn('recent', async () => {
    const others = (await readRecent(context)).filter((project) => project.path !== path);
    const projects = [{ path, openedAt: context.now().toISOString() }, ...others].slice(0, longestRecentList);
    await writeOwn(context, 'recent.json', { format: 'hebb-recent', version: 1, projects });
  });
