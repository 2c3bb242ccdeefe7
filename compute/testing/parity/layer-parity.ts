/** Layers held against PyTorch in float64: output, new buffers, and the gradients by inputs and parameters. */
import { gradients } from '../../autodiff/gradients';
import type { Device } from '../../devices/device';
import { deviationOf } from '../comparison';
import { draw } from '../draw';
import { evaluateOnce } from '../evaluation';
import { weigh } from '../finite-differences';
import type { LayerCase } from '../layer-cases';
import { arrayMessage, runPython } from './python';

/** Hebb's reference and PyTorch compute in float64 but add in different orders: sums of up to some hundred terms differ by about 1e-14. */
export const REFERENCE_BOUND = 1e-9;

interface TorchResult {
  readonly shape: readonly number[];
  readonly output: readonly number[];
  readonly inputGradients: readonly (readonly number[])[];
  readonly weightGradients: Readonly<Record<string, readonly number[]>>;
  readonly buffers: Readonly<Record<string, readonly number[]>>;
}

/** What was computed, and the greatest |Hebb − PyTorch| / (1 + |PyTorch|) of it. */
export type LayerDeviations = Readonly<Record<string, number>>;

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
    inputs: inputs.slice(0, sampleShapes.length).map((input) => ({ ...arrayMessage(input.shape, input.data), type: input.type })),
    weights: Object.fromEntries(
      specifications.map((specification, position) => {
        const values = inputs[sampleShapes.length + position]?.data ?? [];
        return [specification.name, arrayMessage(specification.shape, values)];
      }),
    ),
    cotangent: arrayMessage(shape, data),
  };
}

/** What PyTorch makes of the cases, in their order. */
export const computeWithPyTorch = async (cases: readonly LayerCase[]): Promise<readonly TorchResult[]> =>
  // The script prints one result of this form a case.
  (await runPython('layers.py', cases.map(message))) as TorchResult[];

/** A device of Hebb against a result of PyTorch. A shape that differs counts as an infinite deviation. */
export async function deviationsFrom(torch: TorchResult, device: Device, item: LayerCase): Promise<LayerDeviations> {
  const { inputs, build, sampleShapes, specifications, buffers, batch, predicted } = item;
  const at = (name: string) => sampleShapes.length + specifications.findIndex((specification) => specification.name === name);
  const parameters = specifications.filter(({ role }) => role === 'parameter').map(({ name }) => name);
  const places = [...[...sampleShapes.keys()].filter((place) => inputs[place]?.type === 'f32'), ...parameters.map((name) => at(name))];
  const results = await evaluateOnce(device, [...inputs, { ...outputWeight(item), type: 'f32' }], (tensors) => {
    const [result, ...updated] = build(tensors.slice(0, inputs.length));
    const objective = result === undefined ? null : weigh([result], tensors.slice(inputs.length));
    if (result === undefined || objective === null) throw new Error('The layer gave no output.');
    const variables = places.flatMap((place) => tensors[place] ?? []);
    return [result, ...updated, ...gradients(objective, variables)];
  });
  const [output = [], ...rest] = results;
  const updated = new Map(buffers.map((name, position) => [name, rest[position] ?? []]));
  const gradientsHere = rest.slice(buffers.length);
  const inputCount = places.length - parameters.length;
  const shape = JSON.stringify(torch.shape) === JSON.stringify([batch, ...predicted]) ? 0 : Infinity;
  return {
    output: Math.max(shape, deviationOf(output, torch.output)),
    // A buffer that the layer leaves alone is the one it was given.
    ...Object.fromEntries(
      Object.entries(torch.buffers).map(([name, values]) => [name, deviationOf(updated.get(name) ?? inputs[at(name)]?.data ?? [], values)]),
    ),
    ...Object.fromEntries(
      gradientsHere
        .slice(0, inputCount)
        .map((values, position) => [`∂x${String(position)}`, deviationOf(values, torch.inputGradients[position] ?? [])]),
    ),
    ...Object.fromEntries(
      parameters.map((name, position) => [
        `∂${name}`,
        deviationOf(gradientsHere[inputCount + position] ?? [], torch.weightGradients[name] ?? []),
      ]),
    ),
  };
}
