/**
 * Which split each sample of a table belongs to, one byte a sample, and how rows of the table go to the splits. It knows
 * no file and no device.
 */

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** What stands in the table of splits for a sample: the place in `splitNames`, or that it belongs to none. */
export const splitCodes = { train: 0, validation: 1, test: 2, excluded: 3 } as const;

export type SplitCounts = Readonly<Record<SplitName | 'excluded', number>>;

/** How many samples each split has; null where a byte is no code of a split. */
export function countSplits(assignments: Uint8Array): SplitCounts | null {
  const counts = [0, 0, 0, 0];
  for (const code of assignments) {
    if (code > splitCodes.excluded) return null;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  const [train = 0, validation = 0, test = 0, excluded = 0] = counts;
  return { train, validation, test, excluded };
}

/** The places in the table of the samples of each split, in the table's order. */
export function membersOf(assignments: Uint8Array): Readonly<Record<SplitName, Uint32Array>> {
  const lengths = [0, 0, 0, 0];
  for (const code of assignments) lengths[code] = (lengths[code] ?? 0) + 1;
  const lists = lengths.map((length) => new Uint32Array(length));
  const filled = [0, 0, 0, 0];
  assignments.forEach((code, place) => {
    const list = lists[code];
    const at = filled[code] ?? 0;
    if (list !== undefined) list[at] = place;
    filled[code] = at + 1;
  });
  const [train = new Uint32Array(0), validation = new Uint32Array(0), test = new Uint32Array(0)] = lists;
  return { train, validation, test };
}

/**
 * Takes the rows of a table in order, `rowBytes` bytes each, and puts each into the target of its split; those of excluded
 * samples are left out. The targets must hold all rows of their split. Returns a function that takes whole rows and throws
 * a RangeError for more of them than the table has.
 */
export function distributeRows(
  assignments: Uint8Array,
  rowBytes: number,
  targets: Readonly<Record<SplitName, Uint8Array>>,
): (rows: Uint8Array) => void {
  const filled = [0, 0, 0];
  let place = 0;
  return (rows) => {
    const count = rows.length / rowBytes;
    if (!Number.isInteger(count) || place + count > assignments.length)
      throw new RangeError(`${String(rows.length)} bytes are no rows of ${String(rowBytes)} bytes of the table`);
    for (let from = 0; from < count;) {
      // Neighbours of the same split go together.
      const code = assignments[place + from] ?? splitCodes.excluded;
      let to = from + 1;
      while (to < count && assignments[place + to] === code) to++;
      const split = splitNames[code];
      if (split !== undefined) {
        const at = filled[code] ?? 0;
        targets[split].set(rows.subarray(from * rowBytes, to * rowBytes), at);
        filled[code] = at + (to - from) * rowBytes;
      }
      from = to;
    }
    place += count;
  };
}
