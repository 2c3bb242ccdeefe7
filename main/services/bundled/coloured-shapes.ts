/**
 * Pictures of simple shapes, drawn from signed distances: negative inside, positive outside, in units of the shape's size.
 * The class is the shape; place, size, turn, colours and noise are drawn and say nothing of it.
 */
import description from '../../../resources/datasets/coloured-shapes.json';
import type { BundledDataset } from './bundled-dataset';
import { drawsOf, inOrder } from './generated';

const side = 32;
const sampleShape = [3, side, side];
const counts = { train: 8000, validation: 1000, test: 1000 };

const box = (x: number, y: number, width: number, height: number): number => Math.max(Math.abs(x) - width, Math.abs(y) - height);
const triangle = (x: number, y: number): number => Math.max(y - 0.6, Math.abs(x) * 0.87 - y * 0.5 - 0.5);

/** Of a point to the edge of the shape, whose extent is about 1. */
const shapes: Readonly<Record<string, (x: number, y: number) => number>> = {
  disc: (x, y) => Math.hypot(x, y) - 0.85,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.72) - 0.2,
  square: (x, y) => box(x, y, 0.75, 0.75),
  frame: (x, y) => Math.abs(box(x, y, 0.62, 0.62)) - 0.18,
  triangle,
  cross: (x, y) => Math.min(box(x, y, 0.95, 0.26), box(x, y, 0.26, 0.95)),
  bar: (x, y) => box(x, y, 0.98, 0.3),
  crescent: (x, y) => Math.max(Math.hypot(x, y) - 0.9, 0.72 - Math.hypot(x - 0.45, y)),
  hourglass: (x, y) => Math.max(Math.abs(x) - Math.abs(y) * 0.75 - 0.08, Math.abs(y) - 0.9),
  stairs: (x, y) => Math.min(box(x + 0.4, y, 0.4, 0.85), box(x - 0.4, y - 0.42, 0.42, 0.43)),
};
const classes = Object.keys(shapes);

/** Three channels 0 … 1, at least 0.35 away from `other` where one is given. */
function drawColour(draw: () => number, other: readonly number[] | null): readonly number[] {
  for (;;) {
    const colour = [draw(), draw(), draw()];
    if (other === null || Math.hypot(...colour.map((value, channel) => value - (other[channel] ?? 0))) > 0.35) return colour;
  }
}

function drawPicture(picture: Uint8Array, distance: (x: number, y: number) => number, draw: () => number): void {
  const size = 7 + 6 * draw();
  const angle = 2 * Math.PI * draw();
  const place = [side / 2 + (draw() - 0.5) * (side - 2 * size), side / 2 + (draw() - 0.5) * (side - 2 * size)] as const;
  const ground = drawColour(draw, null);
  const ink = drawColour(draw, ground);
  // The ground grows lighter in one direction, and every pixel has noise.
  const slope = [(draw() - 0.5) / side, (draw() - 0.5) / side] as const;
  const noise = 0.02 + 0.08 * draw();
  const [cosine, sine] = [Math.cos(angle) / size, Math.sin(angle) / size];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column + 0.5 - place[0], row + 0.5 - place[1]];
      const covered = Math.min(1, Math.max(0, 0.5 - distance(cosine * x + sine * y, cosine * y - sine * x) * size));
      const light = slope[0] * x + slope[1] * y + (draw() - 0.5) * 2 * noise;
      for (let channel = 0; channel < 3; channel++) {
        const value = covered * (ink[channel] ?? 0) + (1 - covered) * (ground[channel] ?? 0) + light;
        picture[(channel * side + row) * side + column] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
}

export const dataset: BundledDataset = {
  ...description,
  sampleShape,
  sampleType: 'u8',
  labelShape: [],
  symbols: [],
  classes,
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const count = counts.train + counts.validation + counts.test;
    const size = 3 * side * side;
    const values = new Uint8Array(count * size);
    const labels = Int32Array.from({ length: count }, (_, index) => index % classes.length);
    labels.forEach((label, index) => {
      const distance = shapes[classes[label] ?? ''] ?? shapes['disc'];
      if (distance !== undefined) drawPicture(values.subarray(index * size, (index + 1) * size), distance, drawsOf(description.id, index));
    });
    return Promise.resolve(inOrder({ sampleShape, labelShape: [], values, labels }, counts));
  },
};
