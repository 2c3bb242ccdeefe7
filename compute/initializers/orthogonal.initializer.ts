/** Orthonormal rows or columns (Saxe, McClelland, Ganguli, 2014): normal numbers, made orthogonal by Gram and Schmidt. */
import { defineInitializer, normal } from './initializer';

/** Takes from the vector at `place` what it has in common with those before it, twice against rounding, and gives it the length 1. */
function orthonormalise(values: Float64Array, place: number, at: (vector: number, element: number) => number, length: number): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let other = 0; other < place; other++) {
      let common = 0;
      for (let element = 0; element < length; element++) common += (values[at(place, element)] ?? 0) * (values[at(other, element)] ?? 0);
      for (let element = 0; element < length; element++) {
        const index = at(place, element);
        values[index] = (values[index] ?? 0) - common * (values[at(other, element)] ?? 0);
      }
    }
  }
  let square = 0;
  for (let element = 0; element < length; element++) square += (values[at(place, element)] ?? 0) ** 2;
  for (let element = 0; element < length; element++) {
    const index = at(place, element);
    values[index] = (values[index] ?? 0) / Math.sqrt(square);
  }
}

export const initializer = defineInitializer({
  kind: 'orthogonal',
  label: 'Orthogonal',
  help: 'Directions at right angles to each other: the signal keeps its length through many layers, and through many time steps.',
  value: (_specification, first, second) => normal(first, second),
  whole: (values, [rows = 1]) => {
    const columns = values.length / Math.max(1, rows);
    const wide = rows <= columns;
    const at = wide
      ? (vector: number, element: number) => vector * columns + element
      : (vector: number, element: number) => element * columns + vector;
    for (let place = 0; place < Math.min(rows, columns); place++) orthonormalise(values, place, at, Math.max(rows, columns));
    return values;
  },
});
