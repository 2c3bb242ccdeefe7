/** The order in which Keras numbers the layers of a model that it reads: files tell weights by number. */
import type { KerasGraph } from '../../../compute/export/keras/graph';
import type { KerasTensor } from '../../../compute/layers/keras';

/**
 * The layers of the graph in that order: the farther from the output the earlier, and those equally
 * far as a walk from the output meets them.
 */
export function numberedOrder({ layers, output }: KerasGraph): readonly KerasTensor[] {
  const met = new Map<KerasTensor, number>();
  const walk = [output];
  // A stack instead of recursion: a network may be ten thousand layers deep.
  for (let tensor = walk.pop(); tensor !== undefined; tensor = walk.pop()) {
    if (met.has(tensor)) continue;
    met.set(tensor, met.size);
    walk.push(...tensor.layer.inputs.toReversed());
  }
  const distance = new Map<KerasTensor, number>();
  for (const tensor of layers.toReversed()) {
    const own = distance.get(tensor) ?? 0;
    for (const input of tensor.layer.inputs) distance.set(input, Math.max(distance.get(input) ?? 0, own + 1));
  }
  const far = (tensor: KerasTensor): number => distance.get(tensor) ?? 0;
  return [...layers].sort((a, b) => far(b) - far(a) || (met.get(a) ?? 0) - (met.get(b) ?? 0));
}
