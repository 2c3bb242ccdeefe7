/** Every layer against PyTorch in float64: its own PyTorch expression must give its own numbers. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../autodiff/gradients';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { deviationOf } from '../comparison';
import { draw } from '../draw';
import { evaluateOnce } from '../evaluation';
import { weigh } from '../finite-differences';
import { layerCases, type LayerCase } from '../layer-cases';
import { arrayMessage, runPython } from './python';

/** Both compute in float64 but add in different orders: sums of up to some hundred terms differ by about 1e-14. */
const BOUND = 1e-9;

interface TorchResult {
  readonly shape: readonly number[];
  readonly output: readonly number[];
  readonly inputGradients: readonly (readonly number[])[];
  readonly weightGradients: Readonly<Record<string, readonly number[]>>;
  readonly buffers: Readonly<Record<string, readonly number[]>>;
}

// Which elements dropout drops is each program's own choice; dropout.test.ts has its statistics.
const cases = layerCases.filter(({ definition, mode }) => definition.kind !== 'dropout' || mode === 'evaluate');
const outputWeight = ({ name, batch, predicted }: LayerCase) => ({
  shape: [batch, ...predicted],
  data: draw(`${name} cotangent`, [batch, ...predicted], [0.5, 1.5]),
});

function message(item: LayerCase) {
  const { name, mode, definition, sample, inputs, sampleShapes, specifications } = item;
  const { module, call } = definition.pytorch(sample.inputShapes, sample.parameters);
  const { shape, data } = outputWeight(item);
  return {
    name,
    mode,
    module: module ?? null,
    call: call(
      'module',
      sampleShapes.map((_, position) => `x${String(position)}`),
    ),
    inputs: inputs.slice(0, sampleShapes.length).map((input) => arrayMessage(input.shape, input.data)),
    weights: Object.fromEntries(
      specifications.map((specification, position) => {
        const values = inputs[sampleShapes.length + position]?.data ?? [];
        return [specification.name, arrayMessage(specification.shape, values)];
      }),
    ),
    cotangent: arrayMessage(shape, data),
  };
}

let results: readonly TorchResult[] = [];
beforeAll(async () => {
  // The script prints one result of this form a case.
  results = (await runPython('layers.py', cases.map(message))) as TorchResult[];
});

describe.each(cases.map((item, position) => ({ ...item, position })))('$name', (item) => {
  test('computes what PyTorch computes', async () => {
    const { inputs, build, sampleShapes, specifications, buffers, position } = item;
    const torch = results[position];
    if (torch === undefined) throw new Error('The script gave no result for this case.');
    const trainable = specifications.flatMap(({ role, name }, index) =>
      role === 'parameter' ? [{ name, place: sampleShapes.length + index }] : [],
    );
    const [output, ...rest] = await evaluateOnce(openReferenceDevice(), [...inputs, { ...outputWeight(item), type: 'f32' }], (tensors) => {
      const [result, ...updated] = build(tensors.slice(0, inputs.length));
      const objective = result === undefined ? null : weigh([result], tensors.slice(inputs.length));
      if (result === undefined || objective === null) throw new Error('The layer gave no output.');
      const places = [...sampleShapes.keys(), ...trainable.map(({ place }) => place)];
      return [
        result,
        ...updated,
        ...gradients(
          objective,
          places.flatMap((place) => tensors[place] ?? []),
        ),
      ];
    });
    expect(torch.shape).toEqual([item.batch, ...item.predicted]);
    expect(deviationOf(output ?? [], torch.output)).toBeLessThan(BOUND);
    const expected = [
      ...buffers.map((name) => torch.buffers[name] ?? []),
      ...torch.inputGradients,
      ...trainable.map(({ name }) => torch.weightGradients[name] ?? []),
    ];
    expect(rest.length).toBe(expected.length);
    for (const [index, values] of rest.entries()) expect(deviationOf(values, expected[index] ?? [])).toBeLessThan(BOUND);
  });
});
