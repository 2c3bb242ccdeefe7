/** The numbers of many samples as rows of a matrix: their inputs, or what a layer of the network makes of them. Knows no component. */
import { success } from '../../../compute/graph/problem';
import type { Split } from '../../../compute/worker/protocol';
import type { EngineClient } from '../../engine';
import type { Explainable } from '../../language/problem-text';
import type { Dataset, SampleReader } from '../data';
import type { Matrix } from './projection/matrix';

export interface ManySamples {
  readonly dataset: Dataset;
  readonly reader: SampleReader;
  readonly places: Uint32Array;
  /** A node of the network; null for the input. */
  readonly node: string | null;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly progress?: (fraction: number) => void;
  /** Asked between pieces; true ends the work. */
  readonly isOver?: () => boolean;
}

/** Numbers a sample, at most: wider ones are sketched by the engine. */
const mostNumbers = 2048;
const piece = 256;

/**
 * At most `most` of the places in groups of neighbours, spread evenly: neighbours lie together on disk, and are read together.
 */
export function spreadGroups(places: Uint32Array, most: number, group = 32): Uint32Array {
  if (places.length <= most) return places;
  const groups = Math.max(1, Math.floor(most / group));
  const size = Math.floor(most / groups);
  const found: number[] = [];
  for (let index = 0; index < groups; index++) {
    const first = Math.floor((index * places.length) / groups);
    for (let offset = 0; offset < size && first + offset < places.length; offset++) found.push(places[first + offset] ?? 0);
  }
  return Uint32Array.from(found);
}

type Result = Promise<{ readonly ok: true; readonly value: Matrix } | { readonly ok: false; readonly problem: Explainable } | null>;

/** Rows in the order of the places; null where it was ended. Problems: of reading and of the engine. */
export function valuesOf(samples: ManySamples): Result {
  return samples.node === null ? inputsOf(samples) : outputsOf(samples, samples.node);
}

async function inputsOf({ dataset, reader, places, progress, isOver }: ManySamples): Result {
  const columns = dataset.sampleShape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(places.length * columns);
  for (let first = 0; first < places.length; first += piece) {
    if (isOver?.()) return null;
    const some = places.subarray(first, first + piece);
    const read = await Promise.all(Array.from(some, (place) => reader.sampleAt(place)));
    for (const [index, sample] of read.entries()) {
      if (!sample.ok) return { ok: false, problem: sample.error };
      values.set(sample.value, (first + index) * columns);
    }
    progress?.(Math.min(1, (first + piece) / places.length));
  }
  return success({ rows: places.length, columns, values });
}

async function outputsOf({ reader, places, engine, progress, isOver }: ManySamples, node: string): Result {
  const members = await reader.members();
  if (!members.ok) return { ok: false, problem: members.error };
  /** Where each place stands in its split, and in which row it goes. */
  const wanted = new Map(Array.from(places, (place, row) => [place, row]));
  let values: Float32Array | null = null;
  let columns = 0;
  let done = 0;
  for (const split of ['train', 'validation', 'test'] as const satisfies readonly Split[]) {
    const mine: { readonly index: number; readonly row: number }[] = [];
    members.value[split].forEach((place, index) => {
      const row = wanted.get(place);
      if (row !== undefined) mine.push({ index, row });
    });
    for (let first = 0; first < mine.length; first += piece) {
      if (isOver?.()) return null;
      const some = mine.slice(first, first + piece);
      const answer = await engine.call('activations', {
        split,
        indices: Uint32Array.from(some, ({ index }) => index),
        node,
        most: mostNumbers,
      });
      if (!answer.ok) return answer;
      const { width, data } = answer.value;
      columns = width;
      values ??= new Float32Array(places.length * width);
      for (const [position, { row }] of some.entries()) values.set(data.subarray(position * width, (position + 1) * width), row * width);
      done += some.length;
      progress?.(done / places.length);
    }
  }
  return success({ rows: places.length, columns, values: values ?? new Float32Array(0) });
}
