/**
 * Small constant matrices times vectors: four products side by side. Where two rows, or two columns, differ in signs alone, as those of
 * a point and its negative do in transforms of tiles, what they have in common is computed once.
 */
import { columnsOf, transposed, type Matrix } from '../../../ops/tile-transform.op';
import { f32x4, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { CpuFeatures } from '../kernel';
import { range } from './tile';

/** The sum of the values with these factors. */
function combination({ multiplyAdd }: CpuFeatures, factors: readonly number[], values: readonly Vector[]): Vector {
  const terms = values
    .map((value, place) => ({ value, factor: factors[place] ?? 0 }))
    .filter(({ factor }) => factor !== 0)
    // First what need not be multiplied, best added.
    .sort((a, b) => Number(b.factor === 1) - Number(a.factor === 1) || Number(b.factor === -1) - Number(a.factor === -1));
  const [first, ...others] = terms;
  if (!first) return f32x4.constant(0);
  const product = ({ value, factor }: typeof first): Vector => {
    if (factor === 1) return value;
    return factor === -1 ? f32x4.neg(value) : f32x4.mul(value, f32x4.constant(factor));
  };
  return others.reduce((sum, term) => {
    if (term.factor === 1) return f32x4.add(sum, term.value);
    if (term.factor === -1) return f32x4.sub(sum, term.value);
    if (multiplyAdd) return f32x4.relaxedMultiplyAdd(term.value, f32x4.constant(term.factor), sum);
    const { value, factor } = term;
    const size = f32x4.mul(value, f32x4.constant(Math.abs(factor)));
    return factor < 0 ? f32x4.sub(sum, size) : f32x4.add(sum, size);
  }, product(first));
}

/** Whether two lists differ in the signs of some elements alone, and are long enough that it saves to share the rest. */
function isPair(first: readonly number[], second: readonly number[]): boolean {
  const kinds = first.map((value, place) => {
    const other = second[place] ?? 0;
    return value === 0 && other === 0 ? 'none' : value === other ? 'same' : value === -other ? 'opposite' : 'different';
  });
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  return count('different') === 0 && count('same') > 0 && count('opposite') > 0 && count('same') + count('opposite') > 2;
}

/** Pairs of lists, each in one pair at most. */
function pairsOf(lists: Matrix): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  lists.forEach((list, first) => {
    if (pairs.some((pair) => pair.includes(first))) return;
    const second = lists.findIndex((other, place) => place > first && !pairs.some((pair) => pair.includes(place)) && isPair(list, other));
    if (second >= 0) pairs.push([first, second]);
  });
  return pairs;
}

/** The matrix times the values, one result a row, each written once. */
export function linearMap(writer: FunctionWriter, features: CpuFeatures, matrix: Matrix, values: readonly Vector[]): Local<'v128'>[] {
  // Columns that differ in signs alone become their values' sum and difference.
  const kept = values.map((value) => writer.keep(value));
  const rows = matrix.map((row) => [...row]);
  for (const [first, second] of pairsOf(transposed(matrix))) {
    const [a, b] = [kept[first]!, kept[second]!];
    kept[first] = writer.keep(f32x4.add(a, b));
    kept[second] = writer.keep(f32x4.sub(a, b));
    for (const row of rows) {
      const [x = 0, y = 0] = [row[first], row[second]];
      row[first] = x === y ? x : 0;
      row[second] = x === y ? 0 : x;
    }
  }
  const results = new Map<number, Local<'v128'>>();
  for (const [first, second] of pairsOf(rows)) {
    const [x = [], y = []] = [rows[first], rows[second]];
    const even = writer.keep(
      combination(
        features,
        x.map((factor, place) => (factor === y[place] ? factor : 0)),
        kept,
      ),
    );
    const odd = writer.keep(
      combination(
        features,
        x.map((factor, place) => (factor === y[place] ? 0 : factor)),
        kept,
      ),
    );
    results.set(first, writer.keep(f32x4.add(even, odd)));
    results.set(second, writer.keep(f32x4.sub(even, odd)));
  }
  return rows.map((row, number) => results.get(number) ?? writer.keep(combination(features, row, kept)));
}

/** L · X · Lᵀ by columns and rows, of elements that stand in the lanes. */
export function transformSquare(
  writer: FunctionWriter,
  features: CpuFeatures,
  matrix: Matrix,
  element: (row: number, column: number) => Vector,
): Local<'v128'>[][] {
  const inner = range(columnsOf(matrix));
  const halves = inner.map((column) =>
    linearMap(
      writer,
      features,
      matrix,
      inner.map((row) => element(row, column)),
    ),
  );
  return matrix.map((_, row) =>
    linearMap(
      writer,
      features,
      matrix,
      halves.map((half) => half[row]!),
    ),
  );
}
