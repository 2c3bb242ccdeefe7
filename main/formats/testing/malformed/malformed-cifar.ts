/** Records of CIFAR-10 (a label and 3,072 bytes) and CIFAR-100 (two labels): files of wrong lengths, and labels that are none. */
import { malformed, type Malformed } from './malformed';

const pixels = 3072;

/** Records that begin with these labels. */
const file = (...labels: readonly (readonly number[])[]): Buffer =>
  Buffer.concat(labels.flatMap((each) => [Buffer.from(each), Buffer.alloc(pixels)]));

export const malformedCifar = (): readonly Malformed[] => [
  malformed('nothing', 'cifar.empty', []),
  ...[1, 2, 100, pixels, pixels + 3, 2 * pixels, 2 * pixels + 1, 2 * pixels + 3, 3 * pixels, 3 * pixels + 1, 10_000, 31_000].map((length) =>
    malformed(`${length} bytes`, 'cifar.length', Buffer.alloc(length)),
  ),
  ...[10, 11, 100, 128, 254, 255].map((label) => malformed(`the label ${label}`, 'cifar.label', file([label]))),
  ...[1, 2, 3].map((place) =>
    malformed(`a wrong label in record ${place}`, 'cifar.label', file(...[0, 1, 2, 3].map((index) => [index === place ? 10 : index]))),
  ),
  ...[20, 21, 99, 255].map((label) => malformed(`the coarse label ${label}`, 'cifar.label', file([label, 0]))),
  ...[100, 101, 200, 255].map((label) => malformed(`the fine label ${label}`, 'cifar.label', file([0, label]))),
  ...[1, 2].map((place) =>
    malformed(
      `a wrong fine label in record ${place}`,
      'cifar.label',
      file(...[0, 1, 2].map((index) => [0, index === place ? 100 : index])),
    ),
  ),
];
