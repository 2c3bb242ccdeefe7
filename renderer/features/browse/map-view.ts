/** Between the coordinates of a map and the pixels of its canvas. Pure. */
export interface MapView {
  /** Pixels a unit of the map. */
  readonly scale: number;
  /** Where the map's origin lies on the canvas. */
  readonly x: number;
  readonly y: number;
}

/** The whole map (x and y of its points, one after another) in the middle of the canvas, with a border. */
export function fitMap(points: ArrayLike<number>, width: number, height: number, border = 24): MapView {
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (let at = 0; at + 1 < points.length; at += 2) {
    left = Math.min(left, points[at] ?? 0);
    right = Math.max(right, points[at] ?? 0);
    top = Math.min(top, points[at + 1] ?? 0);
    bottom = Math.max(bottom, points[at + 1] ?? 0);
  }
  if (!(left <= right)) return { scale: 1, x: width / 2, y: height / 2 };
  const wide = Math.max(right - left, 1e-9);
  const tall = Math.max(bottom - top, 1e-9);
  const scale = Math.min(Math.max(1, width - 2 * border) / wide, Math.max(1, height - 2 * border) / tall);
  return { scale, x: width / 2 - ((left + right) / 2) * scale, y: height / 2 - ((top + bottom) / 2) * scale };
}

/** Nearer or farther by a factor; what lies under the pixel stays there. */
export const zoomed = ({ scale, x, y }: MapView, factor: number, atX: number, atY: number): MapView => ({
  scale: scale * factor,
  x: atX - (atX - x) * factor,
  y: atY - (atY - y) * factor,
});

export const toPixel = ({ scale, x, y }: MapView, mapX: number, mapY: number): readonly [number, number] => [
  x + mapX * scale,
  y + mapY * scale,
];
export const toMap = ({ scale, x, y }: MapView, pixelX: number, pixelY: number): readonly [number, number] => [
  (pixelX - x) / scale,
  (pixelY - y) / scale,
];
