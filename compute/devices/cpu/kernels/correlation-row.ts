/** A row of a correlation of images with weights: what is correlated, and the tiles of channels by neighbouring columns that sum it. */
import { i32, memory, select, type Int } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import { columnBytes, type SlabLayout } from './image-slab';
import { along, chooseTile, eachPart, openTile, range, tileRows, type Place, type Tile, type TileContext } from './tile';

/** A tap along one axis: what it adds to the position in the source, and the number of its weight. */
export interface Tap {
  readonly offset: number;
  readonly weight: number;
}

/** Outputs first, first + step, … along an axis; output i reads the source at i · (the axis' source step) + a tap's offset. */
export interface PhaseAxis {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly Tap[];
}

export interface Correlation {
  readonly batch: number;
  readonly groups: number;
  /** Channels of the output and of the source in each group. */
  readonly outputs: number;
  readonly inputs: number;
  /** [height, width] of the planes. */
  readonly source: readonly [number, number];
  readonly output: readonly [number, number];
  /** In the source between neighbouring outputs of a phase, and between them in the output: vertical, horizontal. */
  readonly sourceStep: readonly [number, number];
  readonly outputStep: readonly [number, number];
  /** The output is made of each of the first with each of the second; their taps are evenly spaced, by rising offsets. */
  readonly vertical: readonly PhaseAxis[];
  readonly horizontal: readonly PhaseAxis[];
  /** Bytes in the weights from one output or source channel to the next, from one tap to the one below, and of a group. */
  readonly outputBytes: number;
  readonly inputBytes: number;
  readonly tapRowBytes: number;
  readonly groupBytes: number;
}

/** How the source is read: where it is, or from a slab of `rows` output rows at a time. */
export interface Reading {
  readonly layout: SlabLayout | null;
  readonly planeBytes: number;
  readonly rowBytes: number;
  /** Output rows of a phase in one slab. */
  readonly rows: number;
  /** Source rows of a slab, and the offset of its first. */
  readonly slabRows: number;
  readonly top: number;
}

/** Taps of one channel that are written out one after another; more are looped over row by row. */
const mostTaps = 36;
/** Steps of the depth in one turn at least, where the taps are few. */
const leastSteps = 6;

export const lesserS = (a: Int, b: Int): Int => select(a, b, i32.ltS(a, b));

export interface RowPlace {
  /** Of the first source channel at the phase's row; of the group's weights; of the block's first output channel. */
  readonly source: Int;
  readonly weights: Int;
  readonly output: Int;
  readonly channels: number;
}

/** Taps by what they add to a place in the source and in the weights, in bytes. */
interface TapPlace {
  readonly source: number;
  readonly weight: number;
}

const plus = (a: TapPlace, b: TapPlace): TapPlace => ({ source: a.source + b.source, weight: a.weight + b.weight });

/** Rows of taps, evenly spaced and from top to bottom, of which those from `first` to before `end` lie in the source. */
interface TapRows {
  readonly columns: readonly TapPlace[];
  readonly step: TapPlace;
  readonly first: Int;
  readonly end: Int;
}

/** Whether so many of the taps lie above and below the source that to leave them out is worth a loop over their rows. */
function isMuchOutside({ taps, count }: PhaseAxis, step: number, height: number): boolean {
  const inside = range(count).reduce(
    (sum, place) => sum + taps.filter(({ offset }) => place * step + offset >= 0 && place * step + offset < height).length,
    0,
  );
  return inside < 0.93 * count * taps.length;
}

/** Which rows of taps output `row` reads inside of the source. */
function tapRowsInside(
  writer: FunctionWriter,
  { taps }: PhaseAxis,
  row: Int,
  step: number,
  height: number,
): Pick<TapRows, 'first' | 'end'> {
  const [top = { offset: 0 }, second = { offset: top.offset + 1 }] = taps;
  const spacing = second.offset - top.offset;
  const place = writer.keep(i32.add(i32.mul(row, i32.constant(step)), i32.constant(top.offset)));
  const above = i32.divU(i32.sub(i32.constant(spacing - 1), place), i32.constant(spacing));
  const below = i32.divU(i32.sub(i32.constant(height - 1 + spacing), place), i32.constant(spacing));
  return {
    first: writer.keep(select(above, i32.constant(0), i32.ltS(place, i32.constant(0)))),
    end: writer.keep(lesserS(select(below, i32.constant(0), i32.ltS(place, i32.constant(height))), i32.constant(taps.length))),
  };
}

/** Writes one row of one phase, of number `row` in it, for a block of output channels. */
export function writeRow(
  writer: FunctionWriter,
  context: TileContext,
  correlation: Correlation,
  reading: Reading,
  [vertical, horizontal]: readonly [PhaseAxis, PhaseAxis],
  row: Int,
  { source, weights, output, channels }: RowPlace,
): void {
  const { outputBytes, tapRowBytes, outputStep, sourceStep } = correlation;
  const { layout, rowBytes, top } = reading;
  const planeOfOutput = 4 * correlation.output[0] * correlation.output[1];
  const size = chooseTile(context, channels, horizontal.count);
  const columns = horizontal.taps.map(({ offset, weight }) => ({
    source: layout ? columnBytes(layout, offset) : 4 * offset,
    weight: 4 * weight,
  }));
  const rows = vertical.taps.map(({ offset, weight }) => ({ source: (offset - top) * rowBytes, weight: weight * tapRowBytes }));
  const all = rows.flatMap((line) => columns.map((column) => plus(line, column)));
  const [height] = correlation.source;
  const [first, second = first] = rows;
  const tapRows: TapRows | null =
    first && second && (all.length > mostTaps || isMuchOutside(vertical, sourceStep[0], height))
      ? {
          columns: columns.map((column) => plus(first, column)),
          step: { source: second.source - first.source, weight: second.weight - first.weight },
          ...tapRowsInside(writer, vertical, row, sourceStep[0], height),
        }
      : null;
  eachPart(writer, horizontal.count, 4 * size.vectors, (column, width) => {
    eachPart(writer, channels, tileRows(context, channels, Math.ceil(width / 4)), (channel, height) => {
      const tile = openTile(writer, context, { rows: height, vectors: Math.ceil(width / 4) });
      tile.clear();
      const from = writer.keep(along(source, column, 4));
      const weight = writer.keep(along(weights, channel, outputBytes));
      if (tapRows) writeTapRows(writer, tile, correlation, reading, { from, weight }, tapRows);
      else if (all.length > 0) writeChannels(writer, tile, correlation, reading, { from, weight }, all);
      const target = writer.keep(along(along(output, channel, planeOfOutput), column, 4 * outputStep[1]));
      const place = (line: number): Place => ({ address: target, offset: line * planeOfOutput + 4 * horizontal.first });
      if (outputStep[1] === 1) tile.store(place, width);
      else {
        for (const line of range(height)) {
          for (const lane of range(width)) {
            writer.storeLane(target, tile.sum(line, lane >> 2), lane & 3, place(line).offset + 4 * lane * outputStep[1]);
          }
        }
      }
    });
  });
}

/** Where a tile reads: its first source channel and column, and the weights of its first output channel. Both are moved on. */
interface TilePointers {
  readonly from: Local<'i32'>;
  readonly weight: Local<'i32'>;
}

/** Adds what the taps see in all source channels, several at a time where the taps are few. */
function writeChannels(
  writer: FunctionWriter,
  tile: Tile,
  { inputs, inputBytes, outputBytes }: Correlation,
  { planeBytes }: Reading,
  { from, weight }: TilePointers,
  taps: readonly TapPlace[],
): void {
  const together = Math.min(inputs, Math.ceil(leastSteps / taps.length));
  const several = (count: number): void => {
    for (const each of range(count)) {
      for (const tap of taps) {
        tile.step(
          (line) => memory.splat32(weight, each * inputBytes + tap.weight + line * outputBytes),
          (vector) => memory.v128(from, each * planeBytes + tap.source + 16 * vector),
        );
      }
    }
  };
  const advance = (): void => {
    writer.increase(from, together * planeBytes);
    writer.increase(weight, together * inputBytes);
  };
  const turns = Math.floor(inputs / together);
  if (turns === 1) {
    several(together);
    if (inputs % together > 0) advance();
  } else {
    const end = writer.keep(i32.add(from, i32.constant(turns * together * planeBytes)));
    writer.repeatWhile(
      () => i32.ne(from, end),
      () => {
        several(together);
        advance();
      },
    );
  }
  several(inputs % together);
}

/** Adds row after row of taps. */
function writeTapRows(
  writer: FunctionWriter,
  tile: Tile,
  correlation: Correlation,
  reading: Reading,
  { from, weight }: TilePointers,
  { columns, step, first, end }: TapRows,
): void {
  const [firstFrom, firstWeight] = [writer.keep(from), writer.keep(weight)];
  const row = writer.local('i32');
  writer.for(row, first, end, 1, () => {
    writer.set(from, along(firstFrom, row, step.source));
    writer.set(weight, along(firstWeight, row, step.weight));
    writeChannels(writer, tile, correlation, reading, { from, weight }, columns);
  });
}
