/** That the filters are what they are called: of mean 0 and length 1, and each most excited by stripes at its own angle. */
import { expect, test } from 'vitest';
import { defaultsOf } from '../graph/parameter-schema';
import { initialValues } from '../initializers/registry';
import { layer } from './gabor-filters.layer';

const SIZE = 9;
const ORIENTATIONS = 6;
const WAVELENGTH = 4;
const parameters = {
  ...defaultsOf(layer.parameters),
  orientations: ORIENTATIONS,
  phases: 'even',
  kernelSize: [SIZE, SIZE],
  wavelength: WAVELENGTH,
};

function filters(channels: number): Float64Array[] {
  const [weight] = layer.weights([[channels, 20, 20]], parameters);
  if (weight === undefined) throw new Error('The layer has no filters.');
  const values = initialValues(weight.initializer, weight.shape, 1, 'gabor.weight');
  const length = values.length / ORIENTATIONS;
  return Array.from({ length: ORIENTATIONS }, (_, index) => values.subarray(index * length, (index + 1) * length));
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

test('each has mean 0 and length 1', () => {
  for (const filter of filters(1)) {
    expect(sum(filter)).toBeCloseTo(0, 12);
    expect(sum(filter.map((value) => value ** 2))).toBeCloseTo(1, 12);
  }
});

test('each answers stripes at its own angle most', () => {
  for (let stripes = 0; stripes < ORIENTATIONS; stripes++) {
    const angle = (Math.PI * stripes) / ORIENTATIONS;
    const answers = filters(1).map((filter) =>
      sum(
        filter.map((value, index) => {
          const [y, x] = [Math.floor(index / SIZE) - (SIZE - 1) / 2, (index % SIZE) - (SIZE - 1) / 2];
          return value * Math.cos((2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / WAVELENGTH);
        }),
      ),
    );
    expect(answers.indexOf(Math.max(...answers))).toBe(stripes);
  }
});

test('of a colour image each takes the average of the channels', () => {
  const [grey] = filters(1);
  const [colour] = filters(3);
  const plane = SIZE * SIZE;
  for (const channel of [0, 1, 2])
    for (let index = 0; index < plane; index++) expect(colour?.[channel * plane + index]).toBeCloseTo((grey?.[index] ?? NaN) / 3, 12);
});
