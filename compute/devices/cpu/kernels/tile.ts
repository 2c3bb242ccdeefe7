/**
 * A block of sums kept in registers while two operands stream by: what products and convolutions are made of. One operand gives
 * a number for each row, spread over four lanes, the other a few vectors for all rows. It knows nothing of where they come from.
 */
import { f32x4, i32, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { CpuFeatures } from '../kernel';

/** Rows, and vectors of four columns. */
export interface TileSize {
  readonly rows: number;
  readonly vectors: number;
}

/** What tiles need of the function that they are written into. */
export interface TileContext extends CpuFeatures {
  /** 0, which the compiler cannot know. */
  readonly never: Local<'i32'>;
}

/** `scratch` is the stage's: as an address that is aligned to more than one byte it is even. */
export const tileContext = (writer: FunctionWriter, features: CpuFeatures, scratch: Int): TileContext => ({
  ...features,
  never: writer.keep(i32.and(scratch, i32.constant(1))),
});

/** a · b + sum. */
const multiplyAdd = ({ multiplyAdd: fused }: CpuFeatures, a: Vector, b: Vector, sum: Vector): Vector =>
  fused ? f32x4.relaxedMultiplyAdd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));

export interface Tile extends TileSize {
  readonly clear: () => void;
  /** Starts from sums kept in memory; a row's vectors stand one after another. */
  readonly load: (address: (row: number) => Place) => void;
  /** Adds the products of one step of the depth. */
  readonly step: (left: (row: number) => Vector, right: (vector: number) => Vector) => void;
  /** Writes the first so many columns of each row. */
  readonly store: (address: (row: number) => Place, columns: number) => void;
  readonly sum: (row: number, vector: number) => Local<'v128'>;
}

/** An address in two parts: one computed at run time, one known now (bytes). */
export interface Place {
  readonly address: Int;
  readonly offset: number;
}

/** Writes `lanes` lanes (1 to 4) of a vector. */
export function storeLanes(writer: FunctionWriter, { address, offset }: Place, value: Local<'v128'>, lanes: number): void {
  if (lanes >= 4) writer.storeVector(address, value, offset);
  else {
    if (lanes >= 2) writer.storeHalf(address, value, 0, offset);
    if (lanes % 2 === 1) writer.storeLane(address, value, lanes - 1, offset + 4 * (lanes - 1));
  }
}

/** The variables of a tile; their values are those of the last `clear` or `load` and the steps since then. */
export function openTile(writer: FunctionWriter, context: TileContext, { rows, vectors }: TileSize): Tile {
  const sums = range(rows).map(() => range(vectors).map(() => writer.local('v128')));
  const kept = range(Math.min(rows, vectors)).map(() => writer.local('v128'));
  const streamed = writer.local('v128');
  const sum = (row: number, vector: number): Local<'v128'> => sums[row]![vector]!;
  const each = (visit: (row: number, vector: number) => void): void =>
    range(rows).forEach((row) => range(vectors).forEach((vector) => visit(row, vector)));
  const clear = (): void => each((row, vector) => writer.set(sum(row, vector), f32x4.constant(0)));
  return {
    rows,
    vectors,
    sum,
    clear,
    load: (address) =>
      each((row, vector) => {
        const place = address(row);
        writer.set(sum(row, vector), memory.v128(place.address, place.offset + 16 * vector));
      }),
    step: (left, right) => {
      // The shorter side stays in registers, the other goes through one.
      const [outer, inner] = vectors <= rows ? [left, right] : [right, left];
      kept.forEach((local, index) => writer.set(local, inner(index)));
      for (let turn = 0; turn < Math.max(rows, vectors); turn++) {
        writer.set(streamed, outer(turn));
        kept.forEach((local, index) => {
          const target = vectors <= rows ? sum(turn, index) : sum(index, turn);
          writer.set(target, multiplyAdd(context, streamed, local, target));
        });
      }
      // V8's older compiler would put the loads of all steps before the first product, and run out of registers: it moves
      // nothing across a branch that changes what is moved.
      writer.if(context.never, clear);
    },
    store: (address, columns) =>
      each((row, vector) => {
        const place = address(row);
        const lanes = Math.min(4, columns - 4 * vector);
        if (lanes > 0) storeLanes(writer, { address: place.address, offset: place.offset + 16 * vector }, sum(row, vector), lanes);
      }),
  };
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Vector registers of x86-64 without AVX-512 that a compiler can give to a tile and the operands of one step. */
const registers = 15;

/**
 * What a step of the depth costs, in cycles of a core that begins two multiply-adds a cycle and ends each four cycles later;
 * the weight of the loads is measured (AMD Zen 5, V8 11 and 15).
 */
const stepCost = (rows: number, vectors: number): number => Math.max((rows * vectors) / 2, 0.8 * Math.max(rows, vectors), 4) + 0.2;

/** Products that are not added at once need registers, too. */
const fits = ({ multiplyAdd: fused }: CpuFeatures, rows: number, vectors: number): boolean =>
  rows * vectors + rows + vectors <= registers && (fused || rows * vectors <= 8);

/** The height of tiles of so many vectors that covers so many rows fastest, and the cycles of a step of all. */
function chooseHeight(features: CpuFeatures, rows: number, vectors: number): { readonly height: number; readonly cost: number } {
  let best = { height: 1, cost: Infinity };
  for (let height = 1; height <= rows && fits(features, height, vectors); height++) {
    const rest = rows % height;
    const cost = Math.floor(rows / height) * stepCost(height, vectors) + (rest > 0 ? stepCost(rest, vectors) : 0);
    if (cost <= best.cost) best = { height, cost };
  }
  return best;
}

/** The rows of a tile of so many vectors. */
export const tileRows = (features: CpuFeatures, rows: number, vectors: number): number => chooseHeight(features, rows, vectors).height;

/** The tile that covers so many rows and columns fastest; at the last columns tiles may have another height (`tileRows`). */
export function chooseTile(features: CpuFeatures, rows: number, columns: number): TileSize {
  const all = Math.ceil(columns / 4);
  let best: TileSize = { rows: 1, vectors: 1 };
  let least = Infinity;
  for (let vectors = 1; vectors <= all && fits(features, 1, vectors); vectors++) {
    const { height, cost } = chooseHeight(features, rows, vectors);
    const rest = all % vectors;
    const total = Math.floor(all / vectors) * cost + (rest > 0 ? chooseHeight(features, rows, rest).cost : 0);
    if (total <= least) {
      least = total;
      best = { rows: height, vectors };
    }
  }
  return best;
}

/**
 * Writes `body` for each part of 0 … total: full parts in a loop, with `size` elements each, and what is left, which is known
 * now, once more.
 */
export function eachPart(writer: FunctionWriter, total: number, size: number, body: (start: Int, size: number) => void): void {
  const whole = total - (total % size);
  if (whole === size) body(i32.constant(0), size);
  else if (whole > 0) {
    const start = writer.local('i32');
    writer.for(start, i32.constant(0), i32.constant(whole), size, () => body(start, size));
  }
  if (whole < total) body(i32.constant(whole), total - whole);
}

/** base + index · bytes. */
export const along = (base: Int, index: Int, bytes: number): Int => i32.add(base, i32.mul(index, i32.constant(bytes)));

/** Transposes four vectors of four. */
export function transposeFour(writer: FunctionWriter, rows: readonly Vector[]): readonly Local<'v128'>[] {
  const [a, b, c, d] = [writer.keep(rows[0]!), writer.keep(rows[1]!), writer.keep(rows[2]!), writer.keep(rows[3]!)];
  const low = writer.keep(v128.shuffle(a, b, [0, 4, 1, 5]));
  const high = writer.keep(v128.shuffle(a, b, [2, 6, 3, 7]));
  const lowest = writer.keep(v128.shuffle(c, d, [0, 4, 1, 5]));
  const highest = writer.keep(v128.shuffle(c, d, [2, 6, 3, 7]));
  return [
    writer.keep(v128.shuffle(low, lowest, [0, 1, 4, 5])),
    writer.keep(v128.shuffle(low, lowest, [2, 3, 6, 7])),
    writer.keep(v128.shuffle(high, highest, [0, 1, 4, 5])),
    writer.keep(v128.shuffle(high, highest, [2, 3, 6, 7])),
  ];
}

/** The sums over the lanes of up to four vectors, as the lanes of one; the rest of them is arbitrary. */
export function sumsOfLanes(writer: FunctionWriter, vectors: readonly Vector[]): Local<'v128'> {
  const four = range(4).map((index) => vectors[Math.min(index, vectors.length - 1)]!);
  const turned = transposeFour(writer, four);
  return writer.keep(f32x4.add(f32x4.add(turned[0]!, turned[1]!), f32x4.add(turned[2]!, turned[3]!)));
}

/** All ones in the first so many of four lanes. */
export const laneMask = (lanes: number): Vector => {
  const ones = (lane: number): number => (lane < lanes ? -1 : 0);
  return v128.constantI32(ones(0), ones(1), ones(2), ones(3));
};

/** Bytes from plane to plane: if a multiple of 4 KiB, they would all compete for the same few lines of the first cache. */
export const spread = (bytes: number): number => (bytes % 4096 < 256 || bytes % 4096 > 3840 ? bytes + 320 : bytes);
