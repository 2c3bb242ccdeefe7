/** The order in which Keras numbers the layers of a model that it reads: files tell weights by number. */
import type { KerasGraph } from '../../../compute/export/keras/graph';
import type { KerasTensor } from '../../../compute/layers/keras';
import type { ReadLayer, ReadModel } from './model-reading';

/** Layers, inputs before users, the farther from the output the earlier, and those equally far as a walk from the output meets them. */
function numbered<Layer>(layers: readonly Layer[], output: Layer, inputsOf: (layer: Layer) => readonly Layer[]): readonly Layer[] {
  const met = new Map<Layer, number>();
  const walk = [output];
  // A stack instead of recursion: a network may be ten thousand layers deep.
  for (let layer = walk.pop(); layer !== undefined; layer = walk.pop()) {
    if (met.has(layer)) continue;
    met.set(layer, met.size);
    walk.push(...inputsOf(layer).toReversed());
  }
  const distance = new Map<Layer, number>();
  for (const layer of layers.toReversed()) {
    const own = distance.get(layer) ?? 0;
    for (const input of inputsOf(layer)) distance.set(input, Math.max(distance.get(input) ?? 0, own + 1));
  }
  const far = (layer: Layer): number => distance.get(layer) ?? 0;
  return [...layers].sort((a, b) => far(b) - far(a) || (met.get(a) ?? 0) - (met.get(b) ?? 0));
}

/** The layers of a graph in that order. */
export const numberedOrder = ({ layers, output }: KerasGraph): readonly KerasTensor[] =>
  numbered(layers, output, ({ layer }) => layer.inputs);

/** The layers of a model that was read, which stand with inputs before users, in that order. */
export function numberedAgain({ layers, output }: ReadModel): readonly ReadLayer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const last = byName.get(output);
  if (last === undefined) throw new TypeError(`there is no layer ${output}`);
  return numbered(layers, last, ({ inputs }) => inputs.flatMap((name) => byName.get(name) ?? []));
}
