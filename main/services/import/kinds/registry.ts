/** The kinds of data that can be imported, and which of them some files are. */
import type { ImportEntry } from '../entries';
import type { KindDefinition } from '../kind';
import type { ImportKind } from '../splits';
import { arrays } from './arrays';
import { audio } from './audio';
import { cifar } from './cifar';
import { idx } from './idx';
import { images } from './images';
import { parquet } from './parquet';
import { table } from './table';
import { text } from './text';

/** In the order in which they are offered where as many files fit one as another. */
export const kindDefinitions: { readonly [Kind in ImportKind]: KindDefinition<Kind> } = {
  images,
  idx,
  cifar,
  arrays,
  audio,
  parquet,
  table,
  text,
};

/** Those that take any of the files, the one that takes most of them first. */
export function kindsOf(entries: readonly ImportEntry[]): ImportKind[] {
  const counts = Object.values(kindDefinitions).map(({ kind, takes }) => ({
    kind,
    count: entries.filter(({ path }) => takes(path)).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ kind }) => kind);
}
