/**
 * Images correlated with weights: rows of the output are tiles of channels by neighbouring columns, summed over input channels and
 * taps without the matrix of windows ever being written down. A convolution is one such correlation, the gradient of its input one
 * for each phase of the stride. Windows that reach over the edge, or skip columns, are read from a copy in the second cache.
 */
import { i32, memory, select, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { CpuFeatures, OperationPlan, Stage } from '../kernel';
import { columnBytes, slabLayout, writeSlabCopy, type SlabLayout } from './image-slab';
import { divisorUpTo, unitsPerTask, wantedTasks } from './task-sizes';
import { along, chooseTile, eachPart, openTile, range, spread, tileContext, tileRows, type Place, type TileContext } from './tile';

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
  /** The output is made of each of the first with each of the second. */
  readonly vertical: readonly PhaseAxis[];
  readonly horizontal: readonly PhaseAxis[];
  /** Bytes in the weights from one output or source channel to the next, from one tap to the one below, and of a group. */
  readonly outputBytes: number;
  readonly inputBytes: number;
  readonly tapRowBytes: number;
  readonly groupBytes: number;
}

/** Bytes of a slab that stays in the second cache beside the weights. */
const slabBytes = 2 ** 17;
/** Taps of one channel that are written out one after another; more are looped over row by row. */
const mostTaps = 36;
/** Steps of the depth in one turn at least, where the taps are few. */
const leastSteps = 6;

/** How the source is read: where it is, or from a slab of `rows` output rows at a time. */
interface Reading {
  readonly layout: SlabLayout | null;
  readonly planeBytes: number;
  readonly rowBytes: number;
  /** Output rows of a phase in one slab. */
  readonly rows: number;
  /** Source rows of a slab, and the offset of its first. */
  readonly slabRows: number;
  readonly top: number;
}

const offsetsOf = (axes: readonly PhaseAxis[]): number[] => axes.flatMap(({ taps }) => taps.map(({ offset }) => offset));
const most = (axes: readonly PhaseAxis[]): number => Math.max(...axes.map(({ count }) => count));

function readingOf({ source, sourceStep, vertical, horizontal, inputs }: Correlation): Reading {
  const [rowOffsets, columnOffsets] = [offsetsOf(vertical), offsetsOf(horizontal)];
  const [height, width] = source;
  const inside = (axes: readonly PhaseAxis[], step: number, size: number): boolean =>
    axes.every(({ count, taps }) => taps.every(({ offset }) => offset >= 0 && (count - 1) * step + offset < size));
  const direct = sourceStep[1] === 1 && inside(vertical, sourceStep[0], height) && inside(horizontal, 1, width);
  const planeBytes = 4 * height * width;
  if (direct && (inputs < 8 || spread(planeBytes) === planeBytes)) {
    return { layout: null, planeBytes, rowBytes: 4 * width, rows: most(vertical), slabRows: height, top: 0 };
  }
  const layout = slabLayout(columnOffsets, sourceStep[1], most(horizontal));
  const top = Math.min(...rowOffsets);
  const span = Math.max(...rowOffsets) - top + 1;
  const affordable = Math.floor(slabBytes / (inputs * layout.rowBytes));
  const all = most(vertical);
  const rows = Math.max(1, Math.min(all, Math.floor((affordable - span) / sourceStep[0]) + 1));
  const even = Math.ceil(all / Math.ceil(all / rows));
  const slabRows = (even - 1) * sourceStep[0] + span;
  return { layout, planeBytes: spread(slabRows * layout.rowBytes), rowBytes: layout.rowBytes, rows: even, slabRows, top };
}

/** Planes without edges that are read one to one are rows of one long line. */
function flattened(correlation: Correlation): Correlation {
  const { source, output, vertical, horizontal } = correlation;
  const plain = [...vertical, ...horizontal].every(({ taps }) => taps.length === 1 && taps[0]?.offset === 0);
  const whole = [...correlation.sourceStep, ...correlation.outputStep].every((step) => step === 1);
  if (!plain || !whole || source[0] !== output[0] || source[1] !== output[1]) return correlation;
  const size = source[0] * source[1];
  const axis = (count: number): PhaseAxis => ({ first: 0, count, taps: [{ offset: 0, weight: 0 }] });
  return { ...correlation, source: [1, size], output: [1, size], vertical: [axis(1)], horizontal: [axis(size)] };
}

interface RowPlace {
  /** Of the first source channel at the phase's row; of the group's weights; of the block's first output channel. */
  readonly source: Int;
  readonly weights: Int;
  readonly output: Int;
  readonly channels: number;
}

/** Writes one row of one phase for a block of output channels. `source` is the row that its first taps read. */
function writeRow(
  writer: FunctionWriter,
  context: TileContext,
  correlation: Correlation,
  reading: Reading,
  [vertical, horizontal]: readonly [PhaseAxis, PhaseAxis],
  { source, weights, output, channels }: RowPlace,
): void {
  const { inputs, outputBytes, inputBytes, tapRowBytes, outputStep } = correlation;
  const { layout, rowBytes, planeBytes, top } = reading;
  const planeOfOutput = 4 * correlation.output[0] * correlation.output[1];
  const size = chooseTile(context, channels, horizontal.count);
  const columns = horizontal.taps.map(({ offset, weight }) => ({
    source: layout ? columnBytes(layout, offset) : 4 * offset,
    weight: 4 * weight,
  }));
  const rows = vertical.taps.map(({ offset, weight }) => ({ source: (offset - top) * rowBytes, weight: weight * tapRowBytes }));
  const all = rows.flatMap((row) => columns.map((column) => ({ source: row.source + column.source, weight: row.weight + column.weight })));
  eachPart(writer, horizontal.count, 4 * size.vectors, (column, width) => {
    eachPart(writer, channels, tileRows(context, channels, Math.ceil(width / 4)), (channel, height) => {
      const tile = openTile(writer, context, { rows: height, vectors: Math.ceil(width / 4) });
      const from = writer.keep(along(source, column, 4));
      const weight = writer.keep(along(weights, channel, outputBytes));
      const steps = (taps: typeof all, moved: { readonly source: number; readonly weight: number }): void => {
        for (const tap of taps) {
          tile.step(
            (line) => memory.splat32(weight, moved.weight + tap.weight + line * outputBytes),
            (vector) => memory.v128(from, moved.source + tap.source + 16 * vector),
          );
        }
      };
      tile.clear();
      if (all.length > mostTaps) writeTapRows();
      else if (all.length > 0) writeChannels();
      storeRow(channel, column, width);

      /** Loops over the channels, several at a time where the taps are few. */
      function writeChannels(): void {
        const together = Math.min(inputs, Math.ceil(leastSteps / all.length));
        const several = (count: number): void => {
          for (const each of range(count)) steps(all, { source: each * planeBytes, weight: each * inputBytes });
        };
        const turns = Math.floor(inputs / together);
        const advance = (): void => {
          writer.increase(from, together * planeBytes);
          writer.increase(weight, together * inputBytes);
        };
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

      /** Loops over channels and rows of taps; rows are evenly spaced. */
      function writeTapRows(): void {
        const line = writer.local('i32');
        const channelFrom = writer.keep(from);
        const channelWeight = writer.keep(weight);
        const input = writer.local('i32');
        const step = {
          source: (rows[1]?.source ?? 0) - (rows[0]?.source ?? 0),
          weight: (rows[1]?.weight ?? 0) - (rows[0]?.weight ?? 0),
        };
        writer.for(input, i32.constant(0), i32.constant(inputs), 1, () => {
          writer.set(from, channelFrom);
          writer.set(weight, channelWeight);
          writer.for(line, i32.constant(0), i32.constant(rows.length), 1, () => {
            steps(columns, rows[0] ?? { source: 0, weight: 0 });
            writer.increase(from, step.source);
            writer.increase(weight, step.weight);
          });
          writer.increase(channelFrom, planeBytes);
          writer.increase(channelWeight, inputBytes);
        });
      }

      function storeRow(channel: Int, column: Int, width: number): void {
        const target = writer.keep(along(along(output, channel, planeOfOutput), column, 4 * outputStep[1]));
        const place = (line: number): Place => ({ address: target, offset: line * planeOfOutput + 4 * horizontal.first });
        if (outputStep[1] === 1) tile.store(place, width);
        else {
          for (const line of range(height)) {
            for (const lane of range(width)) {
              const { address, offset } = place(line);
              writer.storeLane(address, tile.sum(line, lane >> 2), lane & 3, offset + 4 * lane * outputStep[1]);
            }
          }
        }
      }
    });
  });
}

const lesserS = (a: Int, b: Int): Int => select(a, b, i32.ltS(a, b));

/** Writes what a unit does: a block of the output channels of one group of one image. */
function writeUnit(
  writer: FunctionWriter,
  context: TileContext,
  correlation: Correlation,
  reading: Reading,
  { source, weights, output, channels }: RowPlace,
  scratch: Int,
): void {
  const { vertical, horizontal, sourceStep, outputStep, inputs } = correlation;
  const { layout } = reading;
  const [height, columns] = correlation.source;
  eachPart(writer, most(vertical), reading.rows, (first, rows) => {
    if (layout) {
      writeSlabCopy(writer, {
        ...{ layout, source, target: scratch, planes: inputs, planeBytes: reading.planeBytes, height, columns },
        rows: reading.slabRows - (reading.rows - rows) * sourceStep[0],
        firstRow: writer.keep(i32.add(i32.mul(first, i32.constant(sourceStep[0])), i32.constant(reading.top))),
      });
    }
    const base = layout ? scratch : along(source, first, sourceStep[0] * reading.rowBytes);
    for (const across of vertical) {
      const row = writer.local('i32');
      const end =
        across.count === most(vertical) ? i32.constant(rows) : lesserS(i32.sub(i32.constant(across.count), first), i32.constant(rows));
      writer.for(row, i32.constant(0), end, 1, () => {
        const line = i32.add(i32.mul(i32.add(row, first), i32.constant(outputStep[0])), i32.constant(across.first));
        const place = {
          source: writer.keep(along(base, row, sourceStep[0] * reading.rowBytes)),
          output: writer.keep(along(output, line, 4 * correlation.output[1])),
          ...{ weights, channels },
        };
        for (const beside of horizontal) writeRow(writer, context, correlation, reading, [across, beside], place);
      });
    }
  });
}

/** Some blocks of channels to a task, one after another as they stand in the output. */
export function planCorrelation(given: Correlation, features: CpuFeatures, flops: number): OperationPlan {
  const correlation = flattened(given);
  const { batch, groups, outputs, inputs, source, output } = correlation;
  const reading = readingOf(correlation);
  const parts = Math.ceil((2 * wantedTasks) / (batch * groups));
  const channels = parts === 1 ? outputs : divisorUpTo(outputs, Math.max(8, Math.ceil(outputs / parts)));
  const blocks = outputs / channels;
  const units = batch * groups * blocks;
  const perTask = unitsPerTask(units, flops / units, 4 * wantedTasks);
  const outputBytes = 4 * channels * output[0] * output[1];
  return {
    variant: `${reading.layout ? 'slabs' : 'planes'}, ${String(channels)} channels`,
    sharedScratch: [],
    threadScratch: reading.layout ? inputs * reading.planeBytes + 64 : 0,
    filled: (perTask * outputBytes) / 4,
    stages: (places) => {
      const write: Stage['write'] = (writer, task, scratch) => {
        const context = tileContext(writer, features, scratch);
        const unit = writer.local('i32');
        const first = writer.keep(i32.mul(task, i32.constant(perTask)));
        const last = writer.keep(i32.lesserU(writer.keep(i32.add(first, i32.constant(perTask))), i32.constant(units)));
        writer.for(unit, first, last, 1, () => {
          const plane = writer.keep(i32.divU(unit, i32.constant(blocks)));
          const block = i32.sub(unit, i32.mul(plane, i32.constant(blocks)));
          const group = groups === 1 ? i32.constant(0) : i32.remU(plane, i32.constant(groups));
          const weights = along(i32.constant(places.inputs[1]!), group, correlation.groupBytes);
          const place = {
            source: writer.keep(along(i32.constant(places.inputs[0]!), plane, inputs * 4 * source[0] * source[1])),
            weights: writer.keep(along(weights, block, channels * correlation.outputBytes)),
            output: writer.keep(along(i32.constant(places.output), unit, outputBytes)),
            channels,
          };
          writeUnit(writer, context, correlation, reading, place, scratch);
        });
      };
      return [{ name: 'correlate', tasks: Math.ceil(units / perTask), write }];
    },
  };
}
