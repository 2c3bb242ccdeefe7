/** The rounds: one piece of work, every entrant in turn, the same disturbances for all. */
import type { Entrant, PreparedEntry } from './entrant';
import { operand, pseudoRandom } from './numbers';
import {
  operationsOf,
  outputSize,
  shapesOf,
  type ConvolutionWorkload,
  type MultiplyAddWorkload,
  type ProductWorkload,
  type Workload,
} from './workloads';
import { sizeOf } from '../compute/graph/tensor';

export interface Effort {
  readonly rounds: number;
  /** That one turn of an entrant should take. */
  readonly seconds: number;
  /** That comparing an entrant's losses may take; the first three are compared in any case. */
  readonly checkSeconds: number;
}

export interface Result {
  readonly workload: string;
  readonly entrant: string;
  readonly version: string;
  /** Null where it could not do the work; then `reason` says why. */
  readonly milliseconds: number | null;
  readonly best?: number;
  readonly worst?: number;
  readonly rounds?: number;
  /** Until the first step was done: building, compiling, running it. */
  readonly firstMilliseconds?: number;
  /** Floating-point operations a second. */
  readonly rate?: number;
  /** Median over the rounds of this time divided by Hebb's of the same round. */
  readonly againstHebb?: number;
  /** How many values were compared with the referee's, and the greatest relative difference. */
  readonly compared?: number;
  readonly deviation?: number;
  readonly agrees?: boolean;
  readonly details?: Readonly<Record<string, number>>;
  readonly reason?: string;
}

export const COMPARED_LOSSES = 20;

/** float32 rounds by 6e-8 an operation, and 20 steps of Adam let it grow: by far less than this where nothing is at an edge. */
const LOSS_BOUND = 1e-3;
/**
 * Some networks do amplify it: Adam's first steps divide each gradient by its own size, and batch normalization by the
 * spread of few values. PyTorch in float32 then differs from itself in float64, and others may differ by so many times that.
 */
const REFEREE_FACTOR = 4;
/** Sums of up to 12,544 products in float32, in whatever order: √n · 6e-8 of the sum of their sizes, with room. */
const ELEMENT_BOUND = 1e-4;

const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

/** One element of a product in float64, and the sum of the sizes of what is added up. */
export function elementOf(workload: ProductWorkload | ConvolutionWorkload, a: Float32Array, b: Float32Array, place: number) {
  let value = 0;
  let size = 0;
  const include = (x: number | undefined, y: number | undefined): void => {
    const product = (x ?? 0) * (y ?? 0);
    value += product;
    size += Math.abs(product);
  };
  if (workload.kind === 'product') {
    const { form, m, k, n } = workload;
    const [row, column] = [Math.floor(place / n), place % n];
    for (let i = 0; i < k; i++) include(a[form === 'TN' ? i * m + row : row * k + i], b[form === 'NT' ? column * k + i : i * n + column]);
    return { value, size };
  }
  const { pass, batch, inChannels, outChannels, size: side, kernel, padding } = workload;
  const out = outputSize(workload);
  const shape = shapesOf(workload).result;
  const x = place % (shape[3] ?? 1);
  const y = Math.floor(place / (shape[3] ?? 1)) % (shape[2] ?? 1);
  const second = Math.floor(place / ((shape[3] ?? 1) * (shape[2] ?? 1))) % (shape[1] ?? 1);
  const first = Math.floor(place / ((shape[3] ?? 1) * (shape[2] ?? 1) * (shape[1] ?? 1)));
  const inside = (row: number, column: number, limit: number): boolean => row >= 0 && column >= 0 && row < limit && column < limit;
  const at = (channels: number, width: number, i: number, channel: number, row: number, column: number): number =>
    ((i * channels + channel) * width + row) * width + column;
  if (pass === 'weight gradient') {
    for (let sample = 0; sample < batch; sample++) {
      for (let row = 0; row < out; row++) {
        for (let column = 0; column < out; column++) {
          const [inRow, inColumn] = [row + y - padding, column + x - padding];
          if (!inside(inRow, inColumn, side)) continue;
          include(a[at(inChannels, side, sample, second, inRow, inColumn)], b[at(outChannels, out, sample, first, row, column)]);
        }
      }
    }
    return { value, size };
  }
  for (let channel = 0; channel < (pass === 'forward' ? inChannels : outChannels); channel++) {
    for (let row = 0; row < kernel; row++) {
      for (let column = 0; column < kernel; column++) {
        if (pass === 'forward') {
          const [inRow, inColumn] = [y + row - padding, x + column - padding];
          if (inside(inRow, inColumn, side))
            include(a[at(inChannels, side, first, channel, inRow, inColumn)], b[at(inChannels, kernel, second, channel, row, column)]);
        } else {
          const [outRow, outColumn] = [y - row + padding, x - column + padding];
          if (inside(outRow, outColumn, out))
            include(a[at(outChannels, out, first, channel, outRow, outColumn)], b[at(inChannels, kernel, channel, second, row, column)]);
        }
      }
    }
  }
  return { value, size };
}

interface Check {
  /** How many values. */
  readonly compared: number;
  /** The greatest relative difference. */
  readonly deviation: number;
}

async function checkElements(workload: ProductWorkload | ConvolutionWorkload, entry: PreparedEntry): Promise<Check | null> {
  const shapes = shapesOf(workload);
  const random = pseudoRandom(3);
  const places = Array.from({ length: 16 }, () => Math.floor(random() * sizeOf(shapes.result)));
  const found = await entry.elements(places);
  if (found.length === 0) return null;
  const [a, b] = [operand(shapes.a, 1), operand(shapes.b, 2)];
  const deviation = Math.max(
    ...places.map((place, index) => {
      const { value, size } = elementOf(workload, a, b, place);
      return Math.abs((found[index] ?? NaN) - value) / size;
    }),
  );
  return { compared: places.length, deviation };
}

/** Held against the limits that multiply-adds come to. */
async function checkLimits({ elements }: MultiplyAddWorkload, entry: PreparedEntry): Promise<Check> {
  const input = operand([elements], 1);
  const places = [0, 1, Math.floor(elements / 2), elements - 1];
  const found = await entry.elements(places);
  const deviation = Math.max(
    ...places.map((place, index) => {
      const x = input[place] ?? NaN;
      return Math.abs((found[index] ?? NaN) - (32 * x) / (1 - x));
    }),
  );
  return { compared: places.length, deviation };
}

const deviationOf = (found: readonly number[], expected: readonly number[]): number =>
  Math.max(...found.map((loss, step) => Math.abs(loss - (expected[step] ?? NaN)) / Math.abs(expected[step] ?? NaN)));

interface Started {
  readonly entrant: Entrant;
  readonly entry: PreparedEntry;
  readonly firstMilliseconds: number;
  readonly check: Check | null;
  readonly times: number;
  readonly measured: number[];
}

/** Prepares an entrant, compares its values and finds out how many runs fill its turn. */
async function start(workload: Workload, entrant: Entrant, expected: readonly number[], effort: Effort): Promise<Started> {
  const entry = await entrant.prepare(workload);
  const began = performance.now();
  const losses: number[] = [];
  if (workload.kind === 'training') losses.push(...(await entry.losses(1)));
  else await entry.run(1);
  const firstMilliseconds = entry.milliseconds + performance.now() - began;
  let check: Check | null;
  let single: number;
  if (workload.kind === 'training') {
    const timed = performance.now();
    losses.push(...(await entry.losses(2)));
    single = (performance.now() - timed) / 2;
    // Hebb's own speed counts with all of them or not at all.
    const affordable = entrant.name === 'Hebb' ? COMPARED_LOSSES : Math.floor((effort.checkSeconds * 1000) / single);
    const more = Math.min(COMPARED_LOSSES - losses.length, affordable);
    if (more > 0) losses.push(...(await entry.losses(more)));
    check = { compared: losses.length, deviation: deviationOf(losses, expected) };
  } else {
    single = await entry.run(1);
    check =
      workload.kind === 'dispatches'
        ? null
        : workload.kind === 'multiply-add'
          ? await checkLimits(workload, entry)
          : await checkElements(workload, entry);
  }
  const times = Math.max(1, Math.min(5000, Math.round((effort.seconds * 1000) / single)));
  return { entrant, entry, firstMilliseconds, check, times, measured: [] };
}

/**
 * Measures all entrants on one workload. `expected` are the losses of the referee (training only). The others are
 * compared with Hebb round by round.
 */
export async function measure(
  workload: Workload,
  entrants: readonly Entrant[],
  expected: readonly number[],
  effort: Effort,
  report: (text: string) => void,
): Promise<Result[]> {
  const started: Started[] = [];
  const results: Result[] = [];
  for (const entrant of entrants) {
    report(`${workload.title}: ${entrant.name} …`);
    try {
      started.push(await start(workload, entrant, expected, effort));
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
      results.push({ workload: workload.name, entrant: entrant.name, version: entrant.version, milliseconds: null, reason });
    }
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const each of started) {
      each.measured.push((await each.entry.run(each.times)) / each.times);
    }
  }
  const reference = started.find(({ entrant }) => entrant.name === 'Hebb');
  const own = started.find(({ entrant }) => entrant.name === 'PyTorch CPU')?.check?.deviation ?? 0;
  const bound = workload.kind === 'training' ? Math.max(LOSS_BOUND, REFEREE_FACTOR * own) : ELEMENT_BOUND;
  for (const { entrant, entry, firstMilliseconds, check, measured } of started) {
    const milliseconds = median(measured);
    const operations = operationsOf(workload);
    const ratios = measured.flatMap((time, round) => {
      const other = reference?.measured[round];
      return other === undefined ? [] : [time / other];
    });
    results.push({
      workload: workload.name,
      entrant: entrant.name,
      version: entrant.version,
      milliseconds,
      best: Math.min(...measured),
      worst: Math.max(...measured),
      rounds: measured.length,
      firstMilliseconds,
      ...(ratios.length === 0 ? {} : { againstHebb: median(ratios) }),
      ...(operations === null ? {} : { rate: (operations / milliseconds) * 1000 }),
      ...(check === null ? {} : { ...check, agrees: check.deviation < bound }),
      details: await entry.details(),
    });
    await entry.dispose();
  }
  return results;
}
