/** Rows of a table that is kept in shards, read by ranges: neighbours at once, many ranges at a time. It knows no files. */

export interface RowSource {
  /** Bytes of a row. */
  readonly rowBytes: number;
  /** Rows of each shard; a shard holds whole rows. */
  readonly shardRows: readonly number[];
  /** So many bytes of a shard from this byte on; rejects where they cannot be read. */
  readonly readRange: (shard: number, first: number, length: number) => Promise<Uint8Array>;
}

/** Rows between two that are wanted are read with them where they are so few bytes: that is quicker than to ask twice. */
const GAP_BYTES = 128 * 2 ** 10;
/** Bytes asked for at once at most, unless a row has more. */
const RANGE_BYTES = 4 * 2 ** 20;
/**
 * Bytes that are asked for at the same time: many ranges, since whoever waits for them may compute in between, and hears of
 * what has come only now and then.
 */
const BYTES_IN_FLIGHT = 32 * 2 ** 20;

interface Range {
  readonly shard: number;
  /** Row of the shard. */
  readonly first: number;
  readonly count: number;
  /** The wanted rows in it: places in the list, from … to. */
  readonly from: number;
  readonly to: number;
}

/** What to ask for so that all these rows, which ascend, are read. */
export function rangesOf(rows: Uint32Array, { rowBytes, shardRows }: Pick<RowSource, 'rowBytes' | 'shardRows'>): Range[] {
  const gap = Math.floor(GAP_BYTES / rowBytes);
  const most = Math.max(1, Math.floor(RANGE_BYTES / rowBytes));
  const ranges: Range[] = [];
  let shard = 0;
  let shardFirst = 0;
  for (let from = 0; from < rows.length;) {
    const first = rows[from] ?? 0;
    while (shard < shardRows.length && first >= shardFirst + (shardRows[shard] ?? 0)) {
      shardFirst += shardRows[shard] ?? 0;
      shard++;
    }
    const shardEnd = shardFirst + (shardRows[shard] ?? 0);
    if (first >= shardEnd) throw new RangeError(`row ${String(first)} of ${String(shardEnd)}`);
    let to = from + 1;
    for (; to < rows.length; to++) {
      const row = rows[to] ?? 0;
      if (row >= shardEnd || row - (rows[to - 1] ?? 0) - 1 > gap || row + 1 - first > most) break;
    }
    ranges.push({ shard, first: first - shardFirst, count: (rows[to - 1] ?? first) + 1 - first, from, to });
    from = to;
  }
  return ranges;
}

/** The wanted rows (numbers of rows of the table, which ascend) one after another. Rejects as `readRange` does. */
export async function readRows(source: RowSource, rows: Uint32Array): Promise<Uint8Array<ArrayBuffer>> {
  const { rowBytes, readRange } = source;
  const result = new Uint8Array(rows.length * rowBytes);
  const ranges = rangesOf(rows, source);
  const inFlight = new Set<Promise<void>>();
  let bytesInFlight = 0;
  const take = async ({ shard, first, count, from, to }: Range): Promise<void> => {
    const bytes = await readRange(shard, first * rowBytes, count * rowBytes);
    if (count === to - from) {
      result.set(bytes, from * rowBytes);
      return;
    }
    const start = rows[from] ?? 0;
    for (let place = from; place < to;) {
      // Neighbours go together.
      let end = place + 1;
      while (end < to && rows[end] === (rows[end - 1] ?? 0) + 1) end++;
      const at = ((rows[place] ?? 0) - start) * rowBytes;
      result.set(bytes.subarray(at, at + (end - place) * rowBytes), place * rowBytes);
      place = end;
    }
  };
  for (const range of ranges) {
    const size = range.count * rowBytes;
    while (bytesInFlight > 0 && bytesInFlight + size > BYTES_IN_FLIGHT) await Promise.race(inFlight);
    bytesInFlight += size;
    const taking = take(range).finally(() => {
      bytesInFlight -= size;
      inFlight.delete(taking);
    });
    // Whoever waits hears of a failure; the others must not count as unheard.
    taking.catch(() => undefined);
    inFlight.add(taking);
  }
  await Promise.all(inFlight);
  return result;
}
