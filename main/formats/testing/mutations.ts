/** Changes to files, drawn from a seed: the same seed, format and number give the same bytes. */

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whole numbers from 0 to below a bound (mulberry32, Tommy Ettinger 2017). */
type Draw = (bound: number) => number;

function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** FNV-1a over a text and two numbers, so that neighbours have nothing in common. */
function seedOf(format: string, seed: number, index: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${format}/${seed}/${index}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash;
}

/** Numbers at which readers stumble: limits of 8, 16 and 32 bits, with and without sign, and their neighbours. */
const edgeNumbers = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 254, 255, 256, 257, 1000, 4095, 4096, 32_767, 32_768, 65_534, 65_535, 65_536,
  0xffffff, 0x1000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
];

type Change = (bytes: Uint8Array, draw: Draw, others: readonly Sample[]) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Part of the bytes, at most 64 long. */
function part(bytes: Uint8Array, draw: Draw): readonly [start: number, end: number] {
  const start = draw(bytes.length);
  return [start, Math.min(bytes.length, start + 1 + draw(64))];
}

/** Beginnings hold what says how large the rest is, and are changed more often. */
const place = (bytes: Uint8Array, draw: Draw): number => (draw(2) === 0 ? draw(bytes.length) : draw(Math.min(bytes.length, 64)));

function number(bytes: Uint8Array, draw: Draw, width: 1 | 2 | 4, littleEndian: boolean): Uint8Array {
  if (bytes.length < width) return bytes;
  const at = Math.min(place(bytes, draw), bytes.length - width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = edgeNumbers[draw(edgeNumbers.length)]!;
  if (width === 1) view.setUint8(at, value & 255);
  else if (width === 2) view.setUint16(at, value & 65_535, littleEndian);
  else view.setUint32(at, value >>> 0, littleEndian);
  return bytes;
}

const changes: readonly Change[] = [
  (bytes, draw) => {
    bytes[place(bytes, draw)]! ^= 1 << draw(8);
    return bytes;
  },
  (bytes, draw) => {
    bytes[place(bytes, draw)] = draw(256);
    return bytes;
  },
  (bytes, draw) => number(bytes, draw, 1, true),
  (bytes, draw) => number(bytes, draw, 2, true),
  (bytes, draw) => number(bytes, draw, 2, false),
  (bytes, draw) => number(bytes, draw, 4, true),
  (bytes, draw) => number(bytes, draw, 4, false),
  // An ASCII digit more or less changes numbers in texts.
  (bytes, draw) => {
    const at = place(bytes, draw);
    return joined(
      bytes.subarray(0, at),
      Uint8Array.from({ length: 1 + draw(12) }, () => 48 + draw(10)),
      bytes.subarray(at),
    );
  },
  (bytes, draw) => {
    const [start, end] = part(bytes, draw);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, draw) => {
    const [start, end] = part(bytes, draw);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  (bytes, draw) => {
    const at = draw(bytes.length);
    return joined(
      bytes.subarray(0, at),
      Uint8Array.from({ length: 1 + draw(16) }, () => draw(256)),
      bytes.subarray(at),
    );
  },
  (bytes, draw) => bytes.subarray(0, draw(bytes.length)),
  (bytes, draw) => {
    const [start, end] = part(bytes, draw);
    return bytes.fill([0, 255, 0x20, draw(256)][draw(4)]!, start, end);
  },
  (bytes, draw, others) => {
    const other = others[draw(others.length)]!.bytes;
    return joined(bytes.subarray(0, draw(bytes.length)), other.subarray(draw(other.length)));
  },
];

/**
 * Case `index` of a format: one of the samples with one to six changes. `repair`, where there is one, mends the checksums of
 * every second case, so that what they guard is reached too.
 */
export function mutate(
  format: string,
  samples: readonly Sample[],
  seed: number,
  index: number,
  repair: ((bytes: Uint8Array) => Uint8Array) | null,
): Uint8Array {
  const draw = drawFrom(seedOf(format, seed, index));
  let bytes: Uint8Array = Uint8Array.from(samples[draw(samples.length)]!.bytes);
  for (let left = 1 + draw(1 + draw(6)); left > 0 && bytes.length > 0; left--) {
    bytes = changes[draw(changes.length)]!(Uint8Array.from(bytes), draw, samples);
  }
  return repair !== null && draw(2) === 0 ? repair(bytes) : bytes;
}
