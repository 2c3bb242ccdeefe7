import { expect, test } from 'vitest';
import { paddingSides, windowedSize } from './window';

const window = { kernelSize: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1] };

// What TensorFlow's documentation of SAME gives: ⌈size / stride⌉ results, the odd zero at the end.
test.each([
  ['an odd kernel', [5, 5], {}, [1, 1], [1, 1]],
  ['an even kernel', [5, 5], { kernelSize: [2, 4] }, [0, 1], [1, 2]],
  ['a stride that divides the size', [6, 6], { stride: [2, 3] }, [0, 0], [1, 0]],
  ['a stride that does not', [7, 5], { stride: [2, 2] }, [1, 1], [1, 1]],
  ['a stride greater than the kernel', [7, 7], { kernelSize: [1, 2], stride: [3, 4] }, [0, 0], [0, 0]],
  ['dilation', [8, 8], { dilation: [2, 3] }, [2, 3], [2, 3]],
] as const)('same size: %s', (_name, size, change, before, after) => {
  const parameters = { ...window, ...change, paddingMode: 'same' } as const;
  expect(paddingSides(size, parameters)).toEqual({ before, after });
  const results = size.map((length, axis) => Math.ceil(length / (parameters.stride[axis] ?? 1)));
  expect(windowedSize('Conv 2D', size, parameters)).toEqual({ ok: true, value: results });
});

test('valid and same do not look at the padding, explicit does', () => {
  const padded = { ...window, padding: [2, 1] };
  expect(paddingSides([5, 5], { ...padded, paddingMode: 'valid' })).toEqual({ before: [0, 0], after: [0, 0] });
  expect(paddingSides([5, 5], { ...padded, paddingMode: 'same' })).toEqual({ before: [1, 1], after: [1, 1] });
  expect(paddingSides([5, 5], { ...padded, paddingMode: 'explicit' })).toEqual({ before: [2, 1], after: [2, 1] });
  expect(paddingSides([5, 5], padded)).toEqual({ before: [2, 1], after: [2, 1] });
});
