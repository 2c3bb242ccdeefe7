/** What the folders of files say: the class of each, and its split. Pure. */
import { naturally } from './entries';
import { noHint, splitNamed } from './splits';

export interface Placed {
  /** The folder of its class; null where it lies in none. */
  readonly label: string | null;
  /** The code of the split that a folder names, or `noHint`. */
  readonly hint: number;
}

const foldersOf = (path: string): string[] => path.split('/').slice(0, -1);

/** The folders that all paths begin with. */
function sharedFolders(paths: readonly string[]): number {
  const [first = '', ...others] = paths;
  let shared = foldersOf(first);
  for (const path of others) {
    const folders = foldersOf(path);
    let same = 0;
    while (same < shared.length && shared[same] === folders[same]) same++;
    if (same < shared.length) shared = shared.slice(0, same);
    if (shared.length === 0) return 0;
  }
  return shared.length;
}

/**
 * Class and split of each path. Folders that all have in common say nothing, unless they are the only ones. A folder named
 * train, val or test above the classes, or below them, names the split; the outermost other one names the class.
 */
export function placeByFolder(paths: readonly string[]): Placed[] {
  const shared = sharedFolders(paths);
  const onlyClass = foldersOf(paths[0] ?? '')[shared - 1] ?? null;
  return paths.map((path) => {
    const folders = foldersOf(path).slice(shared);
    const [outer = '', inner = ''] = [folders[0], folders[1]];
    const outerSplit = splitNamed(outer);
    if (outerSplit !== noHint) return { label: folders[1] ?? onlyClass, hint: outerSplit };
    const innerSplit = splitNamed(inner);
    return { label: folders[0] ?? onlyClass, hint: innerSplit };
  });
}

/** The classes of all that have one, in the order of their names. */
export const classesOf = (placed: Iterable<{ readonly label: string | null }>): string[] => {
  const names = new Set<string>();
  for (const { label } of placed) if (label !== null) names.add(label);
  return [...names].sort(naturally);
};

export const hasSplits = (placed: readonly Placed[]): boolean =>
  new Set(placed.map(({ hint }) => hint).filter((hint) => hint !== noHint)).size > 1;

/** How many of each class, the first thousand. */
export function countLabels(placed: Iterable<{ readonly label: string | null }>): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { label } of placed) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => naturally(a.name, b.name))
    .slice(0, 1000);
}

/** Some of many, evenly over all. */
export const spread = <Item>(items: readonly Item[], wanted: number): Item[] =>
  items.length <= wanted ? [...items] : Array.from({ length: wanted }, (_, index) => items[Math.floor((index * items.length) / wanted)]!);
