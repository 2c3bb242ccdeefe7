/**
 * Images correlated with weights: summed over input channels and taps without the matrix of windows ever being written down. A
 * convolution is one such correlation, the gradient of its input one for each phase of the stride. Windows that reach over the edge,
 * or skip columns, are read from a copy in the second cache.
 */
import { i32, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { CpuFeatures, OperationPlan, Stage } from '../kernel';
import { lesserS, writeRow, type Correlation, type PhaseAxis, type Reading, type RowPlace } from './correlation-row';
import { slabLayout, writeSlabCopy } from './image-slab';
import { divisorUpTo, unitsPerTask, wantedTasks } from './task-sizes';
import { along, eachPart, spread, tileContext, type TileContext } from './tile';

/** Bytes of a slab that stays in the second cache beside the weights. */
const slabBytes = 2 ** 17;

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
        const number = writer.keep(i32.add(row, first));
        const line = i32.add(i32.mul(number, i32.constant(outputStep[0])), i32.constant(across.first));
        const place = {
          source: writer.keep(along(base, row, sourceStep[0] * reading.rowBytes)),
          output: writer.keep(along(output, line, 4 * correlation.output[1])),
          ...{ weights, channels },
        };
        for (const beside of horizontal) writeRow(writer, context, correlation, reading, [across, beside], number, place);
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
