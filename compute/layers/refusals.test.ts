/** What layers cannot take they refuse with a problem, whose text there is, and that names the parameter to blame. */
import { expect, test } from 'vitest';
import texts from '../../resources/locales/en/problems.compute.json';
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import { fillIn, unwrap } from '../graph/problem';
import type { Shape } from '../graph/tensor';
import { layers } from './registry';

interface Refusal {
  readonly kind: string;
  readonly inputs: readonly Shape[];
  readonly given: ParameterValues;
  readonly code: string;
  readonly parameter: string | undefined;
}

const refused = (kind: string, inputs: readonly Shape[], given: ParameterValues, code: string, parameter?: string): Refusal => ({
  kind,
  inputs,
  given,
  code,
  parameter,
});

const refusals: readonly Refusal[] = [
  refused('conv2d', [[2, 2, 2]], { kernelSize: [3, 3] }, 'window-too-large', 'kernelSize'),
  refused('conv2d', [[2, 2, 2]], { kernelSize: [3, 3], paddingMode: 'valid', padding: [1, 1] }, 'window-too-large', 'kernelSize'),
  refused('depthwise-conv2d', [[5]], {}, 'image-expected'),
  refused('conv-transpose2d', [[2, 3, 3]], { outputPadding: [2, 0] }, 'output-padding-too-large', 'outputPadding'),
  refused('conv-transpose2d', [[2, 1, 1]], { padding: [1, 1] }, 'nothing-left', 'padding'),
  refused('conv-transpose2d', [[3, 4, 4]], { groups: 2 }, 'groups-input', 'groups'),
  refused('conv-transpose2d', [[3, 4, 4]], { groups: 3 }, 'groups-output', 'groups'),
  refused('gabor-filters', [[1, 3, 3]], { paddingMode: 'valid' }, 'window-too-large', 'kernelSize'),
  refused('global-average-pool', [[5]], {}, 'image-expected'),
  refused('adaptive-average-pool', [[5, 5]], {}, 'image-expected'),
  refused('group-norm', [[5, 2, 2]], { groups: 2 }, 'groups-input', 'groups'),
  refused('group-norm', [[5, 2]], {}, 'channels-expected'),
  refused('local-response-norm', [[4, 2, 2]], { size: 4 }, 'odd-size', 'size'),
  refused('spatial-dropout', [[5]], {}, 'image-expected'),
  refused('dense', [[1, 4, 4]], {}, 'flat-expected'),
  refused('lstm', [[5]], {}, 'sequence-expected'),
  refused('gru', [[1, 5, 5]], {}, 'sequence-expected'),
  refused('positional-encoding', [[5]], {}, 'sequence-expected'),
  refused('multi-head-attention', [[5, 6]], { heads: 4 }, 'heads', 'heads'),
  refused(
    'multi-head-attention',
    [
      [5, 6],
      [5, 4],
    ],
    { heads: 2 },
    'attention-features',
  ),
  refused('expression', [[5]], { formula: 'x +' }, 'expression-unexpected', 'formula'),
  refused('expression', [[5]], { formula: 'x + y' }, 'expression-input', 'formula'),
  refused(
    'multiply',
    [
      [2, 3],
      [2, 2],
    ],
    {},
    'add-shapes',
  ),
  refused('reshape', [[5]], { shape: [2, 3] }, 'reshape-size', 'shape'),
  refused('permute', [[2, 3]], { order: [0, 0] }, 'permute-order', 'order'),
  refused('permute', [[2, 3]], { order: [1, 2, 0] }, 'permute-order', 'order'),
  refused('slice', [[2, 3]], { axis: 1, start: 2, length: 2 }, 'slice-range', 'length'),
  refused('slice', [[2, 3]], { axis: 2 }, 'no-such-axis', 'axis'),
  refused('upsample', [[5]], {}, 'image-expected'),
  refused('pad', [[5]], {}, 'image-expected'),
];

test.each(refusals)('$kind of $inputs with $given: $code', ({ kind, inputs, given, code, parameter }) => {
  const definition = layers.get(kind) ?? expect.unreachable(`There is no layer ${kind}.`);
  const outcome = definition.shape(inputs, unwrap(checkParameters(definition.parameters, given)));
  if (outcome.ok) throw new Error(`It was taken and gives ${outcome.value.join('×')}.`);
  expect(outcome.problem.code).toBe(`network.${code}`);
  expect(outcome.problem.parameter).toBe(parameter);
  const text = new Map(Object.entries<string>(texts.problems.network)).get(code);
  // No placeholder is left: the problem brings all that its text speaks of.
  expect(fillIn(text ?? '{missing}', outcome.problem.values)).not.toMatch(/[{}]/);
});
