/** Gradients by differentiation against gradients by measurement: (L(x + h) − L(x − h)) / 2h in float64. */
import { gradients } from '../autodiff/gradients';
import type { Device } from '../devices/device';
import type { Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';
import { sum } from '../ops/sum.op';
import { draw } from './draw';
import { evaluator, inputTensors, type GivenTensor } from './evaluation';

/** L is of order 1 to 100: rounding costs about 1e-16·L/h ≈ 1e-10, truncation h²·L‴/6 ≈ 1e-10. */
const STEP = 1e-5;

/** Ten thousand times what the step costs, for functions with large third derivatives; wrong rules are off by far more. */
export const GRADIENT_BOUND = 1e-6;

/** Of a large input so many elements are measured, evenly spread. */
const MEASURED_ELEMENTS = 48;

export interface GradientDeviation {
  /** |measured − computed| / (1 + |measured|) where it is greatest. */
  readonly deviation: number;
  readonly input: number;
  readonly element: number;
  readonly measured: number;
  readonly computed: number;
}

/** Σ weightₖ · resultₖ over all elements of all f32 results: a scalar that depends on each in its own way. */
export function weigh(results: readonly Tensor[], weights: readonly Tensor[]): Tensor | null {
  const parts = results
    .filter(({ type }) => type === 'f32')
    .map((result, position) => sum(weights[position] === undefined ? result : multiply(result, weights[position])));
  const [first, ...rest] = parts;
  return first === undefined ? null : rest.reduce((total, part) => add(total, part), first);
}

/** The numbers that `weigh` takes for results of these types. */
export const drawWeights = (name: string, results: readonly Tensor[]): GivenTensor[] =>
  results
    .filter(({ type }) => type === 'f32')
    .map(({ shape }, position) => ({ shape, type: 'f32', data: draw(`${name} weight ${String(position)}`, shape, [0.5, 1.5]) }));

/**
 * The greatest deviation over the f32 inputs of what `build` makes; null where there is nothing to differentiate. The
 * device must compute in float64.
 */
export async function gradientDeviation(
  device: Device,
  name: string,
  inputs: readonly GivenTensor[],
  build: (inputs: readonly Tensor[]) => readonly Tensor[],
): Promise<GradientDeviation | null> {
  const positions = inputs.flatMap(({ type }, position) => (type === 'f32' ? [position] : []));
  const weights = drawWeights(name, build(inputTensors(inputs)));
  if (positions.length === 0 || weights.length === 0) return null;
  const compiled = await evaluator(device, [...inputs, ...weights], (tensors) => {
    const objective = weigh(build(tensors.slice(0, inputs.length)), tensors.slice(inputs.length));
    if (objective === null) throw new TypeError('There is no objective without f32 results.');
    return [
      objective,
      ...gradients(
        objective,
        positions.map((position) => tensors[position]).filter((tensor) => tensor !== undefined),
      ),
    ];
  });

  const [, ...computed] = await compiled.run();
  let worst: GradientDeviation = { deviation: 0, input: 0, element: 0, measured: 0, computed: 0 };
  for (const [place, input] of positions.entries()) {
    const data = inputs[input]?.data ?? new Float64Array();
    const stride = Math.max(1, Math.floor(data.length / MEASURED_ELEMENTS));
    for (let element = 0; element < data.length; element += stride) {
      const value = data[element] ?? 0;
      const objectiveAt = async (moved: number): Promise<number> => {
        compiled.write(input, Float64Array.of(moved), element);
        const [objective] = await compiled.run();
        return objective?.[0] ?? NaN;
      };
      const measured = ((await objectiveAt(value + STEP)) - (await objectiveAt(value - STEP))) / (2 * STEP);
      compiled.write(input, Float64Array.of(value), element);
      const found = computed[place]?.[element] ?? NaN;
      const deviation = Math.abs(measured - found) / (1 + Math.abs(measured));
      // Written so that NaN counts as worst.
      if (!(deviation <= worst.deviation)) worst = { deviation, input, element, measured, computed: found };
    }
  }
  compiled.dispose();
  return worst;
}
