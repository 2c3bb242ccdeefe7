/**
 * The JSON in which Keras (2 and 3) and TensorFlow.js describe a model, as a list of calls of layers in an order in which
 * inputs come first. Models within models are taken apart. It knows what a layer is called, not what it computes.
 */
import { Refusal } from '../../models/imported-model';

export type KerasSettings = Readonly<Record<string, unknown>>;

export interface KerasCall {
  /** Its own name for what it gives. */
  readonly id: string;
  /** Names of models and layer, outermost first. */
  readonly path: readonly string[];
  readonly className: string;
  readonly config: KerasSettings;
  readonly inputs: readonly string[];
  /** What the call was given by name, other than tensors. */
  readonly named: KerasSettings;
  /** Calls of the same layer before this one: they share its weights. */
  readonly repetition: number;
}

export interface KerasNetwork {
  readonly name: string;
  readonly calls: readonly KerasCall[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const MOST_CALLS = 10_000;
const DEEPEST = 8;

export const settings = (value: unknown): KerasSettings =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

interface Reference {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

const reference = (value: unknown): Reference | null => {
  const [layer, node, tensor] = list(value);
  return typeof layer === 'string' && typeof node === 'number' && typeof tensor === 'number' ? { layer, node, tensor } : null;
};

/** The tensors in what a layer is called with, depth first: Keras 2's lists, or Keras 3's tensors with a history. */
function tensorsIn(value: unknown, depth = 0): readonly Reference[] {
  if (depth > 16) return [];
  const own = reference(value);
  if (own !== null) return [own];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => tensorsIn(item, depth + 1));
  const { class_name: className, config } = settings(value);
  if (className !== '__keras_tensor__') return [];
  const history = reference(settings(config)['keras_history']);
  return history === null ? [] : [history];
}

const isModel = (className: string): boolean => ['Functional', 'Model', 'Sequential'].includes(className);

const namedOnly = (value: unknown): KerasSettings =>
  Object.fromEntries(Object.entries(settings(value)).filter(([, item]) => tensorsIn(item).length === 0));

/** What one call of a layer takes: tensors by place, then those by name. */
function takenBy(node: unknown): { readonly tensors: readonly Reference[]; readonly named: KerasSettings } {
  if (Array.isArray(node)) {
    const items: readonly unknown[] = node;
    const kwargs = items.map((item) => settings(list(item)[3]));
    const given = kwargs.flatMap((one) => Object.values(one).flatMap((value) => tensorsIn(value)));
    return { tensors: [...items.flatMap((item) => tensorsIn(item)), ...given], named: namedOnly(kwargs[0]) };
  }
  const { args, kwargs } = settings(node);
  const given = Object.values(settings(kwargs)).flatMap((value) => tensorsIn(value));
  return { tensors: [...tensorsIn(args), ...given], named: namedOnly(kwargs) };
}

interface Flattened {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Appends the calls of a model whose inputs are those values (null: it has Input layers of its own). */
function flatten(json: unknown, path: readonly string[], given: readonly string[] | null, calls: KerasCall[], depth: number): Flattened {
  if (depth > DEEPEST) throw new Refusal(`Models lie in models more than ${String(DEEPEST)} deep.`);
  const { class_name: className, config: raw } = settings(json);
  const config = Array.isArray(raw) ? { layers: raw } : settings(raw);
  const layers = list(config['layers']).map(settings);
  const prefix = path.map((name) => `${name}/`).join('');
  const add = (call: KerasCall): string => {
    if (calls.length >= MOST_CALLS) throw new Refusal(`The model has more than ${String(MOST_CALLS)} layers.`);
    calls.push(call);
    return call.id;
  };
  const nameOf = (layer: KerasSettings): string => textOf(layer['name']) || textOf(settings(layer['config'])['name']);
  /** One call of a layer, or of all layers of a model. */
  const perform = (layer: KerasSettings, inputs: readonly string[], repetition: number, named: KerasSettings): readonly string[] => {
    const own = textOf(layer['class_name']);
    const name = nameOf(layer);
    const id = `${prefix}${name}${repetition === 0 ? '' : `#${String(repetition)}`}`;
    if (isModel(own))
      return flatten(layer, [...path, repetition === 0 ? name : `${name}#${String(repetition)}`], inputs, calls, depth + 1).outputs;
    return [add({ id, path: [...path, name], className: own, config: settings(layer['config']), inputs, named, repetition })];
  };

  if (className === 'Sequential') {
    const [first] = layers;
    if (first === undefined) throw new Refusal('The model has no layers.');
    let current: readonly string[] = given ?? [];
    const begun: string[] = [];
    for (const layer of layers) {
      if (textOf(layer['class_name']) === 'InputLayer') {
        if (given === null) current = perform(layer, [], 0, {});
        if (given === null) begun.push(...current);
        continue;
      }
      if (current.length === 0) {
        const own = settings(layer['config']);
        const shape =
          own['batch_input_shape'] ??
          own['batch_shape'] ??
          config['build_input_shape'] ??
          settings(settings(json)['build_config'])['input_shape'];
        current = [
          add({
            id: `${prefix}input`,
            path: [...path, 'input'],
            className: 'InputLayer',
            config: { batch_shape: shape, dtype: own['dtype'] },
            inputs: [],
            named: {},
            repetition: 0,
          }),
        ];
        begun.push(...current);
      }
      current = perform(layer, current, 0, {});
    }
    return { inputs: begun, outputs: current };
  }

  const byName = new Map(layers.map((layer) => [nameOf(layer), layer]));
  const made = new Map<string, readonly string[]>();
  const inputs = tensorsIn(config['input_layers']);
  const key = ({ layer, node }: Reference): string => `${layer}#${String(node)}`;
  const begun: string[] = [];
  for (const [index, one] of inputs.entries()) {
    const layer = byName.get(one.layer);
    if (layer === undefined) throw new Refusal(`There is no layer ${one.layer}.`);
    const value = given === null ? perform(layer, [], 0, {}) : [given[index] ?? ''];
    begun.push(...value);
    made.set(key(one), value);
  }
  /** Layers that are not called within this model stand as they are. */
  const outputs = tensorsIn(config['output_layers']);
  const stack = outputs.toReversed();
  const open = new Set<string>();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const name = key(top);
    if (made.has(name)) {
      stack.pop();
      continue;
    }
    const layer = byName.get(top.layer);
    const node = list(layer?.['inbound_nodes'])[top.node];
    if (layer === undefined || (node === undefined && textOf(layer['class_name']) !== 'InputLayer'))
      throw new Refusal(`Nothing makes what ${top.layer} gives.`);
    const { tensors, named } = takenBy(node);
    const missing = tensors.filter((one) => !made.has(key(one)));
    if (missing.length > 0) {
      if (open.has(name)) throw new Refusal('Its layers run in a circle.');
      open.add(name);
      stack.push(...missing);
      continue;
    }
    const values = tensors.map((one) => {
      const found = made.get(key(one))?.[one.tensor];
      if (found === undefined) throw new Refusal(`It uses output ${String(one.tensor + 1)} of ${one.layer}.`);
      return found;
    });
    made.set(name, perform(layer, values, top.node, named));
    stack.pop();
  }
  return { inputs: begun, outputs: outputs.map((one) => made.get(key(one))?.[one.tensor] ?? '') };
}

/** The model of `{"class_name": …, "config": …}`. Throws a Refusal. */
export function readKerasModel(json: unknown): KerasNetwork {
  const { class_name: className, config } = settings(json);
  if (typeof className !== 'string' || !isModel(className))
    throw new Refusal(`It describes a ${String(className)}, not a model of layers.`);
  const calls: KerasCall[] = [];
  const { inputs, outputs } = flatten(json, [], null, calls, 0);
  return { name: textOf(settings(config)['name']), calls, inputs, outputs };
}
