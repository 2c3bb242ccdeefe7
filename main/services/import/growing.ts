/** Arrays of numbers that grow as numbers come, by a quarter each time: what is not filled yet takes memory too. */

type Numbers = Uint8Array | Uint16Array | Int32Array;

export interface Growing<Kind extends Numbers> {
  add(values: ArrayLike<number>): void;
  /** All that was added; valid until more is. */
  all(): Kind;
}

export function createGrowing<Kind extends Numbers>(create: (length: number) => Kind): Growing<Kind> {
  let room = create(1024);
  let length = 0;
  return {
    add: (values) => {
      if (length + values.length > room.length) {
        const larger = create(Math.max(Math.ceil(1.25 * room.length), length + values.length));
        larger.set(room.subarray(0, length));
        room = larger;
      }
      room.set(values, length);
      length += values.length;
    },
    // A view of an array is of the array's kind; the type says less.
    all: () => room.subarray(0, length) as Kind,
  };
}
