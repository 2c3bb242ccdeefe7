/** Rows of a table that is kept in shards, read by ranges: neighbours at once, many ranges at a time. It knows no files. */

export interface RowSource {
  /** Bytes of a row. */
  readonly rowBytes: number;
  /** Rows of each shard; a shard holds whole rows. */
  readonly shardRows: readonly number[];
  /**
   * So many bytes of a shard from this byte on; rejects where they cannot be read. They may be put into what `room` gives, which
   * has that length, and are then used before it is given again.
   */
  readonly readRange: (shard: number, first: number, length: number, room: () => Uint8Array) => Promise<Uint8Array>;
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

/**
 * Who reads the wanted rows (numbers of rows of the table, which ascend) one after another, into the beginning of `into` where it
 * is given. Rejects as `readRange` does. Memory between is used again from one call to the next.
 */
export function createRowReader(
  source: RowSource,
): (rows: Uint32Array, into?: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>> {
  const spare: Uint8Array[] = [];
  const roomOf = (size: number): Uint8Array => {
    const found = spare.findIndex(({ length }) => length >= size);
    return found < 0 ? new Uint8Array(size) : (spare.splice(found, 1)[0] ?? new Uint8Array(size));
  };
  return (rows, into = new Uint8Array(rows.length * source.rowBytes)) =>
    readRows(source, rows, into, { roomOf, give: (room) => spare.push(room) });
}

/** The memory of an array that begins a buffer of its own, as bytes; else none. */
export function bytesOfRoom(room: { readonly buffer: ArrayBufferLike; readonly byteOffset: number } | undefined) {
  return room?.byteOffset === 0 && room.buffer instanceof ArrayBuffer ? new Uint8Array(room.buffer) : undefined;
}

interface Rooms {
  /** At least so long. */
  readonly roomOf: (size: number) => Uint8Array;
  readonly give: (room: Uint8Array) => void;
}

async function readRows(
  source: RowSource,
  rows: Uint32Array,
  into: Uint8Array<ArrayBuffer>,
  { roomOf, give }: Rooms,
): Promise<Uint8Array<ArrayBuffer>> {
  const { rowBytes, readRange } = source;
  const result = into.subarray(0, rows.length * rowBytes);
  const ranges = rangesOf(rows, source);
  const inFlight = new Set<Promise<void>>();
  let bytesInFlight = 0;
  const take = async ({ shard, first, count, from, to }: Range): Promise<void> => {
    const isWhole = count === to - from;
    const place = result.subarray(from * rowBytes, to * rowBytes);
    const rooms: Uint8Array[] = [];
    const makeRoom = (): Uint8Array => {
      if (isWhole) return place;
      const room = rooms[0] ?? roomOf(count * rowBytes);
      rooms[0] = room;
      return room.subarray(0, count * rowBytes);
    };
    const bytes = await readRange(shard, first * rowBytes, count * rowBytes, makeRoom);
    if (isWhole) {
      if (bytes.buffer !== result.buffer) place.set(bytes);
      return;
    }
    const start = rows[from] ?? 0;
    for (let row = from; row < to;) {
      // Neighbours go together.
      let end = row + 1;
      while (end < to && rows[end] === (rows[end - 1] ?? 0) + 1) end++;
      const at = ((rows[row] ?? 0) - start) * rowBytes;
      result.set(bytes.subarray(at, at + (end - row) * rowBytes), row * rowBytes);
      row = end;
    }
    rooms.forEach(give);
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
