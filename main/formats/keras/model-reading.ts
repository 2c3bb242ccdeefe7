/**
 * A model as a file of Keras or TensorFlow.js holds it, read back: its layers with their weights, by the names in the file and
 * nothing that was known when it was written.
 */
import type { Shape } from '../../../compute/graph/tensor';

export interface ReadArray {
  readonly shape: Shape;
  readonly data: Float32Array;
}

type Settings = Readonly<Record<string, unknown>>;

export interface ReadLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Settings;
  readonly inputs: readonly string[];
  /** In the file's order. */
  readonly weights: readonly ReadArray[];
}

export interface ReadModel {
  readonly layers: readonly ReadLayer[];
  readonly output: string;
}

const record = (value: unknown): Settings => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The names of layers in what tells the inputs of one: `["conv", 0, 0]`, or Keras 3's tensors with such a history. */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const [name, node] = items;
    return typeof name === 'string' && typeof node === 'number' ? [name] : items.flatMap(namesIn);
  }
  const { args, config } = record(value);
  if (args !== undefined) return namesIn(args);
  const history = record(config)['keras_history'];
  return history === undefined ? [] : namesIn(history);
}

/** Reads the model of `{"class_name": "Functional", "config": …}`; `weightsOf` gives the arrays of a layer. Throws a TypeError for what is no model. */
export function readModel(
  json: unknown,
  weightsOf: (layer: { readonly name: string; readonly className: string }) => readonly ReadArray[],
): ReadModel {
  const { layers, output_layers: outputs } = record(record(json)['config']);
  const [output] = namesIn(outputs);
  if (output === undefined) throw new TypeError('the file names no output');
  return {
    output,
    layers: list(layers).map((item) => {
      const { class_name: className, config, inbound_nodes: nodes, name } = record(item);
      if (typeof className !== 'string' || typeof name !== 'string') throw new TypeError('a layer has no name or class');
      return { name, className, config: record(config), inputs: namesIn(nodes), weights: weightsOf({ name, className }) };
    }),
  };
}
