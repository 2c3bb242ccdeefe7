import { describe, expect, it } from 'vitest';
import { barsDrawing, imageDrawing, matrixDrawing, pointsDrawing, type Drawing } from './drawings';

const look = { text: '#111', muted: '#666', line: '#ddd', surface: '#fff', training: '#00f', fontFamily: '"Segoe UI", sans-serif' };
const hostile = '<script>&"\'\u0000';

/** Read strictly, as XML: a mistake would be a parsererror. */
function read({ svg, width, height }: Drawing): Element {
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  expect(root.querySelector('parsererror')).toBeNull();
  expect([root.nodeName, root.getAttribute('width'), root.getAttribute('height')]).toEqual(['svg', String(width), String(height)]);
  expect(root.querySelector('script')).toBeNull();
  return root;
}
const texts = (root: Element) => Array.from(root.querySelectorAll('text'), ({ textContent }) => textContent);

describe('a chart of the page as a drawing', () => {
  it('has a bar as long as its share, and every name as text', () => {
    const root = read(
      barsDrawing(
        [
          { name: hostile, value: 1, text: '25%' },
          { name: 'b', value: NaN, text: '–' },
        ],
        4,
        look,
      ),
    );
    const widths = Array.from(root.querySelectorAll('rect[fill="#00f"]'), (bar) => Number(bar.getAttribute('width')));
    expect(widths).toEqual([60, 0]);
    expect(texts(root)).toEqual(['<script>&"\'', '25%', 'b', '–']);
  });

  it('has a cell for each pair, and names only where they can be read', () => {
    const cell = { fill: '#123', ink: '#fff', text: '7' };
    const empty = { fill: null, ink: '#fff', text: '' };
    const few = read(matrixDrawing(['a', 'b'], [[cell, empty], [empty, cell]], 'true, predicted', look)); // prettier-ignore
    expect(few.querySelectorAll('rect[fill="#123"]').length).toBe(2);
    expect(texts(few)).toEqual(['a', 'a', 'b', 'b', '7', '7', 'true, predicted']);
    const names = Array.from({ length: 60 }, (_, index) => `class ${String(index)}`);
    const many = read(matrixDrawing(names, names.map(() => names.map(() => cell)), 'axes', look)); // prettier-ignore
    expect(many.querySelectorAll('rect[fill="#123"]').length).toBe(3600);
    expect(texts(many)).toEqual(['axes']);
  });

  it('keeps the shape of a map of points, inside its square', () => {
    const points = [[-5, 0], [5, 0], [0, 1]].map(([x = 0, y = 0]) => ({ x, y, colour: '#0a0', mark: 'circle' as const })); // prettier-ignore
    const root = read(pointsDrawing(points, [{ name: 'a', colour: '#0a0', mark: 'circle' }], look));
    const centres = Array.from(root.querySelectorAll('path'), (path) =>
      (/translate\((\S+) (\S+)\)/.exec(path.getAttribute('transform') ?? '') ?? []).slice(1).map((value) => Number(value) + 6),
    );
    // The widest spread fills the square but for its margin of 12; the other goes by the same scale.
    expect(centres.slice(0, 3)).toEqual([
      [12, 253.2],
      [548, 253.2],
      [280, 306.8],
    ]);
  });

  it('holds a picture by itself', () => {
    const root = read(imageDrawing('data:image/png;base64,AAAA', 30, 20, look));
    expect(root.querySelector('image')?.getAttribute('href')).toBe('data:image/png;base64,AAAA');
  });
});
