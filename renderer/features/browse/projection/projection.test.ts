import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { symmetricEigen, type Matrix } from './matrix';
import { nearestNeighbours, nearestTo, trustworthiness } from './nearest';
import { principalComponents } from './pca';
import { buildQuadTree } from './quad-tree';
import { normalNumber, randomNumbers } from './random';
import { conditionalAffinities, tsne } from './tsne';
import { umap } from './umap';

/** `groups` clouds of `each` points in `columns` dimensions, far apart; the group of a row is row % groups. */
function clouds(groups: number, each: number, columns: number, seed = 1): Matrix {
  const random = randomNumbers(seed);
  const centres = Float64Array.from({ length: groups * columns }, () => 6 * normalNumber(random));
  const rows = groups * each;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      values[row * columns + column] = (centres[(row % groups) * columns + column] ?? 0) + normalNumber(random);
  return { rows, columns, values };
}

const asMatrix = (points: Float64Array): Matrix => ({ rows: points.length / 2, columns: 2, values: Float32Array.from(points) });

describe('principal components', () => {
  it('agree with a singular value decomposition of NumPy', () => {
    const matrix = clouds(4, 50, 40);
    const script = [
      'import json, sys, numpy',
      'given = json.load(sys.stdin)',
      "x = numpy.array(given['values'], dtype=numpy.float64).reshape(given['rows'], given['columns'])",
      'x -= x.mean(0)',
      'u, s, v = numpy.linalg.svd(x, full_matrices=False)',
      'json.dump({"variances": (s[:5] ** 2 / (len(x) - 1)).tolist(), "components": v[:5].ravel().tolist(), "total": float((x ** 2).sum() / (len(x) - 1))}, sys.stdout)',
    ].join('\n');
    const answer = spawnSync('/usr/bin/python3', ['-c', script], {
      input: JSON.stringify({ ...matrix, values: [...matrix.values] }),
      encoding: 'utf8',
    });
    expect(answer.stderr).toBe('');
    // What the script above writes.
    const theirs = JSON.parse(answer.stdout) as { variances: number[]; components: number[]; total: number };
    const ours = principalComponents(matrix, 5);
    // f32 data, f64 sums: what remains is where the iteration ends.
    ours.variances.forEach((variance, index) => {
      expect(variance / (theirs.variances[index] ?? 0)).toBeCloseTo(1, 6);
    });
    expect(ours.totalVariance / theirs.total).toBeCloseTo(1, 9);
    for (let index = 0; index < 5; index++) {
      let dot = 0;
      for (let column = 0; column < 40; column++)
        dot += (ours.components[index * 40 + column] ?? 0) * (theirs.components[index * 40 + column] ?? 0);
      expect(Math.abs(dot)).toBeCloseTo(1, 4);
    }
  });

  it('are exact where there are few columns, and no more than there can be', () => {
    const matrix: Matrix = { rows: 3, columns: 2, values: Float32Array.of(0, 0, 2, 0, 4, 0) };
    const { variances, components, projected } = principalComponents(matrix, 5);
    expect(variances.length).toBe(2);
    expect(variances[0]).toBeCloseTo(4, 12);
    expect(components[0]).toBeCloseTo(1, 12);
    expect([projected.values[0], projected.values[2], projected.values[4]]).toEqual([-2, 0, 2]);
  });

  it('find eigenvectors of a symmetric matrix', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    expect((vectors[0] ?? 0) / (vectors[1] ?? 1)).toBeCloseTo(1, 12);
  });
});

describe('neighbours', () => {
  it('are the nearest, in order', () => {
    const line: Matrix = { rows: 5, columns: 1, values: Float32Array.of(0, 1, 3, 7, 2) };
    expect(nearestTo(line, 0, 3).map(({ index }) => index)).toEqual([1, 4, 2]);
    expect([...nearestNeighbours(line, 2).indices.slice(6, 8)]).toEqual([2, 4]);
  });

  it('make a map trustworthy only if it keeps them', () => {
    const matrix = clouds(3, 20, 2);
    expect(trustworthiness(matrix, matrix, 5)).toBe(1);
    const random = randomNumbers(3);
    const noise = { ...matrix, values: matrix.values.map(() => random()) };
    expect(trustworthiness(matrix, noise, 5)).toBeLessThan(0.7);
  });
});

describe('grouped repulsion', () => {
  const points = Float64Array.from(clouds(3, 40, 2).values);
  const exact = (index: number): readonly [number, number, number] => {
    let [x, y, sum] = [0, 0, 0];
    for (let other = 0; other < points.length / 2; other++) {
      if (other === index) continue;
      const dx = (points[index * 2] ?? 0) - (points[other * 2] ?? 0);
      const dy = (points[index * 2 + 1] ?? 0) - (points[other * 2 + 1] ?? 0);
      const q = 1 / (1 + dx * dx + dy * dy);
      x += q * q * dx;
      y += q * q * dy;
      sum += q;
    }
    return [x, y, sum];
  };

  it('is the sum over all pairs where no group counts as one, and near to it where they do', () => {
    const tree = buildQuadTree(points);
    for (let index = 0; index < points.length / 2; index += 7) {
      const [x, y, sum] = exact(index);
      const force = new Float64Array(2);
      expect(tree.repulsion(index, 0, force)).toBeCloseTo(sum, 9);
      expect(force[0]).toBeCloseTo(x, 9);
      expect(force[1]).toBeCloseTo(y, 9);
      const near = new Float64Array(2);
      expect(Math.abs(tree.repulsion(index, 0.5, near) / sum - 1)).toBeLessThan(0.05);
    }
  });

  it('takes points that lie on one another', () => {
    const same = buildQuadTree(Float64Array.of(1, 1, 1, 1, 1, 1, 5, 5));
    const force = new Float64Array(2);
    expect(same.repulsion(0, 0, force)).toBeCloseTo(2 + 1 / 33, 9);
    expect(force[0]).toBeCloseTo(-4 / 33 ** 2, 9);
  });
});

describe('t-SNE', () => {
  it('spreads affinities to the perplexity asked for', () => {
    const matrix = clouds(1, 60, 5);
    const { distances, count } = nearestNeighbours(matrix, 45);
    const affinities = conditionalAffinities(distances, 60, count, 15);
    for (let row = 0; row < 60; row++) {
      let entropy = 0;
      for (const p of affinities.subarray(row * count, (row + 1) * count)) if (p > 0) entropy -= p * Math.log(p);
      expect(Math.exp(entropy)).toBeCloseTo(15, 2);
    }
  });

  it('comes nearer to the data, keeps neighbours, and is the same again', () => {
    const matrix = clouds(5, 40, 10);
    const divergences: number[] = [];
    const map = tsne(matrix, { perplexity: 20, iterations: 300, progress: (_, __, divergence) => void divergences.push(divergence) });
    // After the exaggeration, a third of the way, it may only go down (a little back where momentum overshoots).
    const after = divergences.slice(11);
    expect(map.divergence).toBeLessThan((divergences[0] ?? 0) / 2);
    after.slice(1).forEach((value, index) => {
      expect(value).toBeLessThan((after[index] ?? 0) * 1.05);
    });
    expect(trustworthiness(matrix, asMatrix(map.points), 10)).toBeGreaterThan(0.9);
    expect(tsne(matrix, { perplexity: 20, iterations: 30 }).points).toEqual(tsne(matrix, { perplexity: 20, iterations: 30 }).points);
  });
});

describe('UMAP', () => {
  it('keeps neighbours, and is the same for the same seed', () => {
    const matrix = clouds(5, 24, 10);
    const first = umap(matrix, { seed: 7 });
    expect(trustworthiness(matrix, asMatrix(first), 10)).toBeGreaterThan(0.85);
    expect(umap(matrix, { seed: 7 })).toEqual(first);
    expect(umap(matrix, { seed: 8 })).not.toEqual(first);
  });
});
