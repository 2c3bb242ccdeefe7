/** Maps of the same samples one after the other: what changed moves, and the rest stays. */
import { describe, expect, it } from 'vitest';
import { turnedTo } from './align';
import { drawMap } from './draw-map';
import type { Matrix } from './matrix';
import { trustworthiness } from './nearest';
import type { MapMethod } from './protocol';
import { normalNumber, randomNumbers } from './random';

const rows = 120;
const groups = 6;

/** Samples of six groups in ten dimensions; the farther apart, the longer a layer has learned. */
function layer(distance: number): Matrix {
  const random = randomNumbers(5);
  const centres = Array.from({ length: groups * 10 }, () => normalNumber(random));
  const values = Float32Array.from({ length: rows * 10 }, (_, at) => {
    const group = Math.floor(at / 10) % groups;
    return (centres[group * 10 + (at % 10)] ?? 0) * distance + normalNumber(random);
  });
  return { rows, columns: 10, values };
}

function draw(method: MapMethod, matrix: Matrix, before: Float32Array | null): Float32Array {
  let points: Float32Array | null = null;
  const parameters = { method, perplexity: 15, neighbours: 10, minimumDistance: 0.1, seed: 3 };
  drawMap({ matrix, parameters, before }, (message) => {
    if (message.type === 'done') points = message.points;
  });
  if (points === null) throw new Error('no map');
  return points;
}

/** How far points went, as a share of how far they lie from their middle: about 1.4 where maps have nothing to do with one another. */
function moved(from: Float32Array, to: Float32Array): number {
  const spread = Math.sqrt(from.reduce((sum, value) => sum + value ** 2, 0));
  return Math.sqrt(from.reduce((sum, value, at) => sum + ((to[at] ?? 0) - value) ** 2, 0)) / spread;
}

describe('a map after another', () => {
  it('is turned to it, mirrored if need be, with all distances', () => {
    const random = randomNumbers(1);
    const points = Float32Array.from({ length: 60 }, () => normalNumber(random));
    const [cosine, sine] = [Math.cos(2.3), Math.sin(2.3)];
    for (const sign of [1, -1]) {
      const before = points.map((_, at) => {
        const [x, y] = [points[at & ~1] ?? 0, sign * (points[at | 1] ?? 0)];
        return at % 2 === 0 ? x * cosine - y * sine : x * sine + y * cosine;
      });
      const back = turnedTo(points, before);
      const middle = (of: Float32Array, axis: number) => of.reduce((sum, value, at) => (at % 2 === axis ? sum + value / 30 : sum), 0);
      // Turned about its own middle, which may lie elsewhere; float32 keeps seven digits.
      back.forEach((value, at) => {
        expect(value - middle(back, at % 2)).toBeCloseTo((before[at] ?? 0) - middle(before, at % 2), 5);
      });
    }
    expect(turnedTo(points, new Float32Array(60))).toBe(points);
  });

  it.each(['pca', 'tsne', 'umap'] as const)('of %s begins where the last one ended', (method) => {
    const first = draw(method, layer(2), null);
    const second = draw(method, layer(2.4), first);
    const alone = draw(method, layer(2.4), null);
    expect(moved(first, second)).toBeLessThan(0.5);
    const near = (points: Float32Array) => trustworthiness(layer(2.4), { rows, columns: 2, values: points }, 10);
    // No worse than one that was drawn by itself: a map is a choice among many that are about as good.
    expect(near(second)).toBeGreaterThan(near(alone) - 0.03);
    expect([...draw(method, layer(2.4), first)]).toEqual([...second]);
  });

  it('of t-SNE parts what a layer has learned to part', () => {
    const second = draw('tsne', layer(4), draw('tsne', layer(0), null));
    const near = trustworthiness(layer(4), { rows, columns: 2, values: second }, 10);
    const alone = trustworthiness(layer(4), { rows, columns: 2, values: draw('tsne', layer(4), null) }, 10);
    expect(near).toBeGreaterThan(alone - 0.05);
  });
});
