/** Weights, buffers and gradients of a network by their names, as they are now. */
import { ProblemError } from '../graph/problem';
import { sizeOf, type Shape } from '../graph/tensor';
import type { NetworkOnDevice } from '../training/network-on-device';
import { GRADIENTS, inArena, isTrainable } from '../training/placement';

export interface NamedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

const GRADIENT = '.gradient';

/**
 * `conv1.weight`; `conv1.weight.gradient`, of the latest step and zero before the first; `norm.running_mean`.
 * Problem: `insight.unknown-tensor`.
 */
export async function readTensors({ model, state }: NetworkOnDevice, names: readonly string[]): Promise<NamedTensor[]> {
  const placed = new Map(model.placement.weights.map((weight) => [weight.name, weight]));
  const wanted = names.map((name) => {
    const isGradient = !placed.has(name) && name.endsWith(GRADIENT);
    const weight = placed.get(isGradient ? name.slice(0, -GRADIENT.length) : name);
    if (weight === undefined || (isGradient && !isTrainable(weight))) {
      throw new ProblemError({ code: 'insight.unknown-tensor', values: { name }, severity: 'error' });
    }
    return { name, reference: isGradient ? inArena(weight.reference, GRADIENTS) : weight.reference };
  });
  return Promise.all(
    wanted.map(async ({ name, reference: { arena, offset, shape } }) => ({
      name,
      shape,
      data: Float32Array.from(await state.read(arena, offset, sizeOf(shape))),
    })),
  );
}
