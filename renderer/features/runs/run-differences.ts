/** How far the weights of two runs are apart, tensor by tensor. Pure. */
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';

export interface TensorDistance {
  readonly name: string;
  readonly shape: readonly number[];
  /** `first`, `second`: only there. `shape`: in both, but of other shapes. `both`: compared. */
  readonly state: 'both' | 'shape' | 'first' | 'second';
  /** Euclidean norm of the difference, over that of the first tensor; NaN where they cannot be compared. */
  readonly relative: number;
  /** Of the two as vectors, −1 … 1; NaN where one is zero. */
  readonly cosine: number;
  /** Largest absolute difference of an element. */
  readonly largest: number;
}

const none = { relative: NaN, cosine: NaN, largest: NaN };

function distance({ data: a }: SafetensorsEntry, { data: b }: SafetensorsEntry): Omit<TensorDistance, 'name' | 'shape' | 'state'> {
  let [squares, squaresA, squaresB, product, largest] = [0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a[index] ?? 0, b[index] ?? 0];
    const difference = one - other;
    squares += difference * difference;
    squaresA += one * one;
    squaresB += other * other;
    product += one * other;
    largest = Math.max(largest, Math.abs(difference));
  }
  return {
    relative: squares === 0 ? 0 : Math.sqrt(squares / squaresA),
    cosine: squaresA === 0 || squaresB === 0 ? NaN : product / Math.sqrt(squaresA * squaresB),
    largest,
  };
}

/** In the order of the first run, then what only the second has. */
export function tensorDistances(first: readonly SafetensorsEntry[], second: readonly SafetensorsEntry[]): readonly TensorDistance[] {
  const others = new Map(second.map((entry) => [entry.name, entry]));
  const names = new Set(first.map(({ name }) => name));
  return [
    ...first.map((entry): TensorDistance => {
      const { name, shape } = entry;
      const other = others.get(name);
      if (other === undefined) return { name, shape, state: 'first', ...none };
      if (other.shape.join() !== shape.join()) return { name, shape, state: 'shape', ...none };
      return { name, shape, state: 'both', ...distance(entry, other) };
    }),
    ...second.filter(({ name }) => !names.has(name)).map(({ name, shape }): TensorDistance => ({ name, shape, state: 'second', ...none })),
  ];
}
