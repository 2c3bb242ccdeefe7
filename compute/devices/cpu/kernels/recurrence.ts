/**
 * Recurrent cells over all steps of a sequence. A task walks a few samples through time, since they need no others. The weights are packed
 * once into panels, which the first cache holds while all samples of the task use them; a cell's own arithmetic comes from its WGSL.
 */
import type { RecurrenceAttributes } from '../../../ops/recurrence';
import { cellFunctions, type RecurrentCell } from '../../../ops/recurrent-cell';
import { f32x4, i32, memory, select, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { OperationPlanner, Stage } from '../kernel';
import { compileStatements } from '../wgsl/compile';
import { along, eachPart, openTile, range, storeLanes, tileContext, type Tile, type TileContext } from './tile';

/** Tasks that are wanted, where there are samples enough. */
const wantedTasks = 16;
/** Bytes of weights that stay in the second cache. */
const nearWeights = 2 ** 19;

/** Samples that a task takes: the more, the less often weights come from afar. */
const samplesOf = (batch: number, weightBytes: number): number =>
  Math.min(batch, Math.max(weightBytes > nearWeights ? 8 : 4, Math.ceil(batch / wantedTasks)));

/** The first sample of a task; the last tasks may share samples, for which they compute the same. */
const firstSample = (task: Int, batch: number, samples: number): Int =>
  i32.lesserU(i32.mul(task, i32.constant(samples)), i32.constant(batch - samples));

/** Parts of the units, in vectors of four: full ones, what is left of them, and the last vector where it is not full. */
function eachUnits(
  writer: FunctionWriter,
  units: number,
  vectors: number,
  body: (start: Int, vectors: number, lanes: number) => void,
): void {
  const whole = Math.floor(units / 4);
  eachPart(writer, whole, vectors, (start, size) => {
    body(start, size, 4);
  });
  if (units % 4 > 0) body(i32.constant(whole), 1, units % 4);
}

const vectorsOf = (units: number): number => Math.ceil(units / 4);

/** Weights of `depth` rows, of which a part of the units takes `gates` vectors a vector of units, `gateBytes` apart. */
interface Panels {
  readonly depth: number;
  readonly units: number;
  readonly gates: number;
  readonly vectors: number;
}

const panelsBytes = ({ depth, units, gates }: Panels): number => 16 * depth * gates * vectorsOf(units);
/** Where the panel begins whose first vector of units is `start`. */
const panelAddress = (packed: number, { depth, gates }: Panels, start: Int): Int => along(i32.constant(packed), start, 16 * depth * gates);

/** Copies the weights so that what one part of the units needs at one step of the depth lies side by side. */
function packStage(name: string, panels: Panels, weight: number, packed: number): Stage {
  const { depth, units, gates, vectors } = panels;
  const rowBytes = 4 * gates * units;
  const each = Math.max(1, Math.ceil(depth / wantedTasks));
  return {
    name,
    tasks: Math.ceil(depth / each),
    write: (writer, task) => {
      const row = writer.keep(i32.mul(task, i32.constant(each)));
      const end = writer.keep(i32.lesserU(i32.add(row, i32.constant(each)), i32.constant(depth)));
      writer.while(i32.ltU(row, end), () => {
        const from = writer.keep(along(i32.constant(weight), row, rowBytes));
        eachUnits(writer, units, vectors, (start, size) => {
          const source = writer.keep(along(from, start, 16));
          const target = writer.keep(along(panelAddress(packed, panels, start), row, 16 * size * gates));
          range(size).forEach((vector) => {
            range(gates).forEach((gate) => {
              // Lanes beyond the units hold what stands there; nobody looks at what becomes of them.
              writer.storeVector(target, memory.v128(source, 4 * gate * units + 16 * vector), 16 * (vector * gates + gate));
            });
          });
        });
        writer.increase(row, 1);
      });
    },
  };
}

/** Steps of the depth in one turn of the inner loop. */
const unrolled = 4;

/** tile += left · panel over the whole depth; the rows of the left operand are `rowBytes` apart. */
function writeProduct(writer: FunctionWriter, tile: Tile, depth: number, left: Int, rowBytes: number, panel: Int): void {
  const a = writer.keep(left);
  const b = writer.keep(panel);
  const stepBytes = 16 * tile.vectors;
  const steps = (count: number): void => {
    range(count).forEach((step) => {
      tile.step(
        (row) => memory.splat32(a, row * rowBytes + 4 * step),
        (vector) => memory.v128(b, step * stepBytes + 16 * vector),
      );
    });
  };
  const whole = depth - (depth % unrolled);
  if (whole > 0) {
    const end = writer.keep(i32.add(a, i32.constant(4 * whole)));
    writer.repeatWhile(
      () => i32.ltU(a, end),
      () => {
        steps(unrolled);
        writer.increase(a, 4 * unrolled);
        writer.increase(b, stepBytes * unrolled);
      },
    );
  }
  steps(depth % unrolled);
}

/** The step of time, and the one before it in the order of the walk. */
function timeOf(writer: FunctionWriter, step: Int, steps: number, reverse: boolean): { readonly t: Local<'i32'>; readonly before: Int } {
  const t = writer.keep(reverse ? i32.sub(i32.constant(steps - 1), step) : step);
  return { t, before: i32.add(t, i32.constant(reverse ? 1 : -1)) };
}

const zero = f32x4.constant(0);

export const planRecurrence =
  (cell: RecurrentCell): OperationPlanner<RecurrenceAttributes> =>
  ({ output, features }, { reverse }) => {
    const { name, gates, planes, carried } = cell;
    const [, batch = 0, steps = 0, units = 0] = output.shape;
    const samples = samplesOf(batch, 4 * units * units * gates);
    const rows = Math.min(samples, 2);
    const panels: Panels = { depth: units, units, gates, vectors: rows === 1 ? Math.max(1, Math.floor(8 / gates)) : gates === 1 ? 4 : 1 };
    const rowBytes = 16 * vectorsOf(units);
    const compute = compileStatements(name, cell.forward.join('\n'), cellFunctions);
    return {
      variant: `samples-${String(samples)}`,
      sharedScratch: [panelsBytes(panels)],
      threadScratch: 3 * samples * rowBytes,
      filled: null,
      stages: ({ inputs: [projected = 0, weight = 0, bias = 0], output: to, scratch: [packed = 0] }) => [
        packStage(`${name}, packing`, panels, weight, packed),
        {
          name,
          tasks: Math.max(1, Math.ceil(batch / Math.max(1, samples))),
          write: (writer, task, scratch) => {
            if (samples === 0) return;
            const context = tileContext(writer, features, scratch);
            const first = writer.keep(firstSample(task, batch, samples));
            writer.fillMemory(scratch, i32.constant(0), i32.constant(3 * samples * rowBytes));
            // Hidden values of the step before and of this one, and what else is carried on.
            const known = writer.keep(scratch);
            const next = writer.keep(i32.add(scratch, i32.constant(samples * rowBytes)));
            const memoryCell = i32.add(scratch, i32.constant(2 * samples * rowBytes));
            const step = writer.local('i32');
            writer.for(step, i32.constant(0), i32.constant(steps), 1, () => {
              const { t } = timeOf(writer, step, steps, reverse);
              // Of the first sample's step: its projections and its hidden values.
              const place = writer.keep(i32.add(i32.mul(first, i32.constant(steps)), t));
              const given = writer.keep(along(i32.constant(projected), place, 4 * gates * units));
              const result = writer.keep(along(i32.constant(to), place, 4 * units));
              eachUnits(writer, units, panels.vectors, (start, vectors, lanes) => {
                const panel = writer.keep(panelAddress(packed, panels, start));
                const column = writer.keep(i32.mul(start, i32.constant(16)));
                eachPart(writer, samples, rows, (sample, count) => {
                  const tile = openTile(writer, context, { rows: count, vectors: vectors * gates });
                  range(vectors * gates).forEach((vector) => {
                    const offset = 4 * (vector % gates) * units + 16 * Math.floor(vector / gates);
                    const start_ = writer.keep(memory.v128(i32.add(column, i32.constant(bias)), offset));
                    range(count).forEach((row) => {
                      writer.set(tile.sum(row, vector), start_);
                    });
                  });
                  writer.if(step, () => {
                    writeProduct(writer, tile, units, along(known, sample, rowBytes), rowBytes, panel);
                  });
                  const from = writer.keep(i32.add(along(given, sample, 4 * steps * gates * units), column));
                  const target = writer.keep(i32.add(along(result, sample, 4 * steps * units), column));
                  const own = writer.keep(i32.add(i32.mul(sample, i32.constant(rowBytes)), column));
                  range(count * vectors).forEach((number) => {
                    const [row, vector] = [Math.floor(number / vectors), number % vectors];
                    const inRow = row * rowBytes + 16 * vector;
                    const values = new Map<string, Vector>();
                    range(gates).forEach((gate) => {
                      const offset = 4 * (row * steps * gates * units + gate * units) + 16 * vector;
                      values.set(`x${String(gate)}`, writer.keep(memory.v128(from, offset)));
                      values.set(`r${String(gate)}`, tile.sum(row, vector * gates + gate));
                    });
                    const carriedAt = i32.add(carried === 0 ? known : memoryCell, own);
                    values.set('previous', carried === null ? zero : writer.keep(memory.v128(carriedAt, inRow)));
                    const valueOf = compute(writer, values);
                    range(planes).forEach((plane) => {
                      const value = writer.keep(valueOf(`p${String(plane)}`));
                      const offset = 4 * (plane * batch * steps * units + row * steps * units) + 16 * vector;
                      storeLanes(writer, { address: target, offset }, value, lanes);
                      if (plane === 0) writer.storeVector(i32.add(next, own), value, inRow);
                      else if (plane === carried) writer.storeVector(i32.add(memoryCell, own), value, inRow);
                    });
                  });
                });
              });
              const swapped = writer.keep(known);
              writer.set(known, next);
              writer.set(next, swapped);
            });
          },
        },
      ],
    };
  };

/** Samples and vectors of units of one tile on the way back, whose depth is as long as all gates. */
const backwardTile = (samples: number): { readonly rows: number; readonly vectors: number } =>
  samples >= 4 ? { rows: 4, vectors: 2 } : { rows: samples, vectors: samples === 1 ? 8 : 4 };

/** flowing = products · weights, of all units of a task's samples. */
function writeFlow(
  writer: FunctionWriter,
  context: TileContext,
  panels: Panels,
  packed: number,
  { samples, products, flowing }: { readonly samples: number; readonly products: Int; readonly flowing: Int },
): void {
  const rowBytes = 16 * vectorsOf(panels.units);
  eachUnits(writer, panels.units, panels.vectors, (start, vectors) => {
    const panel = writer.keep(panelAddress(packed, panels, start));
    eachPart(writer, samples, backwardTile(samples).rows, (sample, count) => {
      const tile = openTile(writer, context, { rows: count, vectors });
      tile.clear();
      writeProduct(writer, tile, panels.depth, along(products, sample, 4 * panels.depth), 4 * panels.depth, panel);
      const target = writer.keep(i32.add(along(flowing, sample, rowBytes), i32.mul(start, i32.constant(16))));
      tile.store((row) => ({ address: target, offset: row * rowBytes }), 4 * vectors);
    });
  });
}

export const planRecurrenceGradient =
  (cell: RecurrentCell): OperationPlanner<RecurrenceAttributes> =>
  ({ inputs, features }, { reverse }) => {
    const { name, gates, planes, carried, gradients, ofProduct } = cell;
    const [, batch = 0, steps = 0, units = 0] = inputs[0]?.shape ?? [];
    const isWhole = inputs[2]?.shape.length === 4;
    const samples = samplesOf(batch, 4 * units * units * gates);
    const depth = gates * units;
    const panels: Panels = { depth, units, gates: 1, vectors: backwardTile(samples).vectors };
    const rowBytes = 16 * vectorsOf(units);
    const planeBytes = 4 * batch * steps * units;
    const compute = compileStatements(`${name}-gradient`, cell.backward.join('\n'), cellFunctions);
    return {
      variant: `samples-${String(samples)}`,
      sharedScratch: [panelsBytes(panels)],
      threadScratch: 2 * samples * rowBytes + 4 * samples * depth,
      filled: null,
      stages: ({ inputs: [values = 0, weight = 0, cotangent = 0], output: to, scratch: [packed = 0] }) => [
        packStage(`${name}-gradient, packing`, panels, weight, packed),
        {
          name: `${name}-gradient`,
          tasks: Math.max(1, Math.ceil(batch / Math.max(1, samples))),
          write: (writer, task, scratch) => {
            if (samples === 0) return;
            const context = tileContext(writer, features, scratch);
            const first = writer.keep(firstSample(task, batch, samples));
            writer.fillMemory(scratch, i32.constant(0), i32.constant(2 * samples * rowBytes));
            const handed = i32.add(scratch, i32.constant(samples * rowBytes));
            const products = writer.keep(i32.add(scratch, i32.constant(2 * samples * rowBytes)));
            const step = writer.keep(i32.constant(steps - 1));
            writer.while(i32.geS(step, i32.constant(0)), () => {
              const { t, before } = timeOf(writer, step, steps, reverse);
              // At the first step there is none before: what is read instead is not used.
              const earlier = writer.keep(select(before, t, step));
              const sample = writer.local('i32');
              writer.for(sample, i32.constant(0), i32.constant(samples), 1, () => {
                const place = writer.keep(i32.mul(i32.add(first, sample), i32.constant(steps)));
                const own = writer.keep(along(scratch, sample, rowBytes));
                eachUnits(writer, units, 1, (start, _vectors, lanes) => {
                  const column = writer.keep(i32.mul(start, i32.constant(16)));
                  const at = (base: number, time: Int): Int => i32.add(along(i32.constant(base), i32.add(place, time), 4 * units), column);
                  const [here, wanted] = [writer.keep(at(values, t)), writer.keep(at(cotangent, t))];
                  const given = new Map<string, Vector>();
                  range(planes).forEach((plane) => {
                    given.set(`p${String(plane)}`, writer.keep(memory.v128(here, plane * planeBytes)));
                    given.set(`d${String(plane)}`, plane === 0 || isWhole ? writer.keep(memory.v128(wanted, plane * planeBytes)) : zero);
                  });
                  const flow = memory.v128(i32.add(own, column));
                  given.set('d0', writer.keep(f32x4.add(given.get('d0') ?? zero, flow)));
                  const passedAt = i32.add(along(handed, sample, rowBytes), column);
                  given.set('carried', carried === null ? zero : writer.keep(memory.v128(passedAt)));
                  const previous = writer.keep(zero);
                  if (carried !== null) {
                    writer.if(step, () => {
                      writer.set(previous, memory.v128(at(values, earlier), carried * planeBytes));
                    });
                  }
                  given.set('previous', previous);
                  const valueOf = compute(writer, given);
                  const result = writer.keep(i32.add(along(i32.constant(to), i32.add(place, t), 4 * gradients * units), column));
                  const kept = range(gradients).map((number) => {
                    const value = writer.keep(valueOf(`g${String(number)}`));
                    storeLanes(writer, { address: result, offset: 4 * number * units }, value, lanes);
                    return value;
                  });
                  const product = writer.keep(i32.add(along(products, sample, 4 * depth), column));
                  ofProduct.forEach((number, gate) => {
                    const value = kept[number];
                    if (value) storeLanes(writer, { address: product, offset: 4 * gate * units }, value, lanes);
                  });
                  if (carried !== null) writer.storeVector(passedAt, valueOf('passed'));
                });
              });
              writer.if(step, () => {
                writeFlow(writer, context, panels, packed, { samples, products, flowing: scratch });
              });
              writer.increase(step, -1);
            });
          },
        },
      ],
    };
  };
