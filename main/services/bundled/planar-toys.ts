/** Points of the plane in classes that a straight line does not part, or does: small enough to see what a network learns. */
import blobs from '../../../resources/datasets/blobs.json';
import circles from '../../../resources/datasets/circles.json';
import moons from '../../../resources/datasets/moons.json';
import spirals from '../../../resources/datasets/spirals.json';
import xor from '../../../resources/datasets/xor.json';
import type { BundledDataset } from './bundled-dataset';
import { drawsOf, inOrder, normalFrom } from './generated';

type Point = readonly [x: number, y: number];
/** A point of a class, before the noise. */
type Place = (label: number, draw: () => number) => Point;

const counts = { train: 1600, validation: 200, test: 200 };
const inner = 0.5;
const turns = 1.5;
const blobCount = 5;

interface Toy {
  readonly description: Pick<BundledDataset, 'id' | 'name' | 'source' | 'licence'>;
  readonly classes: readonly string[];
  /** Deviation of what is added to both coordinates. */
  readonly noise: number;
  readonly place: Place;
}

const turned = (radius: number, angle: number): Point => [radius * Math.cos(angle), radius * Math.sin(angle)];

/** Away from the axes, on which no class could be told. */
const awayFromZero = (value: number): number => value + Math.sign(value) * 0.05;

const toys: readonly Toy[] = [
  {
    description: moons,
    classes: ['upper', 'lower'],
    noise: 0.1,
    place: (label, draw) => {
      const [x, y] = turned(1, Math.PI * draw());
      return label === 0 ? [x - 0.5, y - 0.25] : [0.5 - x, 0.25 - y];
    },
  },
  {
    description: circles,
    classes: ['outer', 'inner'],
    noise: 0.08,
    place: (label, draw) => turned(label === 0 ? 1 : inner, 2 * Math.PI * draw()),
  },
  {
    description: spirals,
    classes: ['first', 'second'],
    noise: 0.02,
    place: (label, draw) => {
      // Of equal density along the arm.
      const along = Math.sqrt(0.02 + 0.98 * draw());
      return turned(along, 2 * Math.PI * turns * along + Math.PI * label);
    },
  },
  {
    description: xor,
    classes: ['same', 'different'],
    noise: 0,
    place: (label, draw) => {
      const [x, y] = [draw() * 2 - 1, draw()];
      return [awayFromZero(x), awayFromZero(label === 0 ? Math.sign(x) * y : -Math.sign(x) * y)];
    },
  },
  {
    description: blobs,
    classes: ['a', 'b', 'c', 'd', 'e'],
    noise: 0.22,
    place: (label) => turned(1, (2 * Math.PI * label) / blobCount),
  },
];

const datasetOf = ({ description, classes, noise, place }: Toy): BundledDataset => ({
  ...description,
  sampleShape: [2],
  sampleType: 'f32',
  labelShape: [],
  symbols: [],
  classes,
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const count = counts.train + counts.validation + counts.test;
    const values = new Float32Array(2 * count);
    const labels = Int32Array.from({ length: count }, (_, index) => index % classes.length);
    labels.forEach((label, index) => {
      const draw = drawsOf(description.id, index);
      const [x, y] = place(label, draw);
      values.set([x + noise * normalFrom(draw), y + noise * normalFrom(draw)], 2 * index);
    });
    return Promise.resolve(inOrder({ sampleShape: [2], labelShape: [], values, labels }, counts));
  },
});

export const datasets: readonly BundledDataset[] = toys.map(datasetOf);
