/** Turns a map so that it lies as another one of the same samples lay: what moved then moved, and nothing else. Pure. */

/**
 * The points [rows, 2] turned, or mirrored and turned, about their mean so that they are as near as can be to where they were
 * before, by least squares (orthogonal Procrustes; Schönemann 1966). Distances between them stay.
 */
export function turnedTo(points: Float32Array, before: Float32Array): Float32Array {
  const rows = points.length / 2;
  const [x, y] = middleOf(points);
  const [beforeX, beforeY] = middleOf(before);
  // Σ point · beforeᵀ.
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [px, py] = [(points[row * 2] ?? 0) - x, (points[row * 2 + 1] ?? 0) - y];
    const [bx, by] = [(before[row * 2] ?? 0) - beforeX, (before[row * 2 + 1] ?? 0) - beforeY];
    xx += px * bx;
    xy += px * by;
    yx += py * bx;
    yy += py * by;
  }
  // Of all turns, and of all turns of the mirrored map, the best has this cosine and sine, up to the same factor.
  const turn = [xx + yy, xy - yx] as const;
  const mirror = [xx - yy, xy + yx] as const;
  const mirrored = Math.hypot(...mirror) > Math.hypot(...turn);
  const [cosine, sine] = mirrored ? mirror : turn;
  const length = Math.hypot(cosine, sine);
  if (length === 0) return points;
  const result = new Float32Array(points.length);
  for (let row = 0; row < rows; row++) {
    const px = (points[row * 2] ?? 0) - x;
    const py = ((points[row * 2 + 1] ?? 0) - y) * (mirrored ? -1 : 1);
    result[row * 2] = x + (px * cosine - py * sine) / length;
    result[row * 2 + 1] = y + (px * sine + py * cosine) / length;
  }
  return result;
}

function middleOf(points: Float32Array): readonly [number, number] {
  let [x, y] = [0, 0];
  for (let at = 0; at + 1 < points.length; at += 2) {
    x += points[at] ?? 0;
    y += points[at + 1] ?? 0;
  }
  const rows = Math.max(1, points.length / 2);
  return [x / rows, y / rows];
}
