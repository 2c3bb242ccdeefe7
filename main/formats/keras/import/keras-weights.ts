/** Where the files of Keras and TensorFlow.js keep the weights of a layer, and in which order. */
import { failure, success, type Outcome } from '../../../../compute/graph/problem';
import { sizeOf } from '../../../../compute/graph/tensor';
import type { Hdf5Array, Hdf5Content } from '../../hdf5/hdf5';
import { list, settings, textOf, type KerasCall } from './keras-model';

/** The arrays of a layer in the order in which Keras counts them; null where the file has none for it. */
export type WeightSource = (call: KerasCall) => readonly Hdf5Array[] | null;

/** HDF5 files of Keras 2: a group for each layer of the model, whose attribute names its arrays. */
export function weightsByName({ arrays, texts }: Hdf5Content): WeightSource {
  const root = texts.has('model_weights@layer_names') ? 'model_weights/' : '';
  const named = (group: string): readonly { readonly name: string; readonly array: Hdf5Array }[] =>
    (texts.get(`${root}${group}@weight_names`) ?? []).flatMap((name) => {
      const array = arrays.get(`${root}${group}/${name}`);
      return array === undefined ? [] : [{ name, array }];
    });
  return ({ path }) => {
    const [outermost = '', ...inner] = path;
    const own = named(outermost.replace(/#\d+$/, ''));
    // A model in the model keeps the arrays of all its layers in one group.
    const last = inner.at(-1);
    const chosen = last === undefined ? own : own.filter(({ name }) => name.split('/').includes(last));
    return chosen.length === 0 ? null : chosen.map(({ array }) => array);
  };
}

/** Where the variables of a layer lie below its own group, in Keras 3. */
const homes: Readonly<Record<string, readonly string[]>> = {
  Bidirectional: ['forward_layer/cell/vars', 'backward_layer/cell/vars'],
  MultiHeadAttention: ['query_dense/vars', 'key_dense/vars', 'value_dense/vars', 'output_dense/vars'],
  TimeDistributed: ['layer/vars'],
};
const usual = ['vars', 'cell/vars'];

/** As Keras makes names of classes: `Conv2D` is `conv2d`, `BatchNormalization` is `batch_normalization`. */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

const depthOrder = (calls: readonly KerasCall[], outputs: readonly string[]): readonly KerasCall[] => {
  const byId = new Map(calls.map((call) => [call.id, call]));
  const met = new Map<string, number>();
  const walk = outputs.toReversed();
  for (let id = walk.pop(); id !== undefined; id = walk.pop()) {
    if (met.has(id)) continue;
    met.set(id, met.size);
    walk.push(...(byId.get(id)?.inputs ?? []).toReversed());
  }
  const distance = new Map<string, number>();
  for (const { id, inputs } of calls.toReversed())
    for (const input of inputs) distance.set(input, Math.max(distance.get(input) ?? 0, (distance.get(id) ?? 0) + 1));
  return [...calls].sort((a, b) => (distance.get(b.id) ?? 0) - (distance.get(a.id) ?? 0) || (met.get(a.id) ?? 0) - (met.get(b.id) ?? 0));
};

/**
 * Keras 3's files tell layers by kind and number. The number counts layers as Keras lists them: as the description does, or,
 * where the description was written in another order, by their distance from the output.
 */
export function weightsByNumber(
  { arrays }: Hdf5Content,
  json: unknown,
  calls: readonly KerasCall[],
  outputs: readonly string[],
): readonly WeightSource[] {
  const listed = list(settings(settings(json)['config'])['layers']).map(settings);
  const groups = new Map<string, { readonly place: number; readonly array: Hdf5Array }[]>();
  for (const [path, array] of arrays) {
    const [, group, place] = /^(.*)\/(\d+)$/.exec(path) ?? [];
    if (group === undefined || place === undefined) continue;
    groups.set(group, [...(groups.get(group) ?? []), { place: Number(place), array }]);
  }
  const at = (group: string): readonly Hdf5Array[] => (groups.get(group) ?? []).sort((a, b) => a.place - b.place).map(({ array }) => array);
  const sourceIn = (order: readonly { readonly name: string; readonly className: string; readonly layers: unknown }[]): WeightSource => {
    const found = new Map<string, readonly Hdf5Array[]>();
    const number = (
      items: readonly { readonly name: string; readonly className: string; readonly layers: unknown }[],
      home: string,
      path: readonly string[],
      depth: number,
    ): void => {
      const counts = new Map<string, number>();
      for (const { name, className, layers } of items) {
        const kind = snakeCase(className);
        const count = counts.get(kind) ?? 0;
        counts.set(kind, count + 1);
        const own = `${home}layers/${kind}${count === 0 ? '' : `_${String(count)}`}`;
        if (Array.isArray(layers) && depth < 8) number(layersIn(layers), `${own}/`, [...path, name], depth + 1);
        else
          found.set(
            [...path, name].join('/'),
            ((Object.hasOwn(homes, className) ? homes[className] : undefined) ?? usual).flatMap((inner) => at(`${own}/${inner}`)),
          );
      }
    };
    number(order, '', [], 0);
    return ({ path }) => {
      const own = found.get(path.map((name) => name.replace(/#\d+$/, '')).join('/')) ?? [];
      return own.length === 0 ? null : own;
    };
  };
  const layersIn = (layers: readonly unknown[]) =>
    layers.map(settings).map((layer) => {
      const config = layer['config'];
      return {
        name: textOf(layer['name']) || textOf(settings(config)['name']),
        className: textOf(layer['class_name']),
        layers: settings(config)['layers'],
      };
    });
  const asListed = sourceIn(layersIn(listed));
  if (calls.some(({ path }) => path.length > 1)) return [asListed];
  const byDepth = depthOrder(calls, outputs).filter(({ repetition }) => repetition === 0);
  return [sourceIn(byDepth.map(({ path, className }) => ({ name: path.at(-1) ?? '', className, layers: null }))), asListed];
}

const elementBytes: Readonly<Record<string, number>> = { float32: 4, float16: 2, int32: 4, uint8: 1, uint16: 2, bool: 1 };

function numbersOf(view: DataView, type: string, index: number): number {
  switch (type) {
    case 'float32':
      return view.getFloat32(index * 4, true);
    case 'int32':
      return view.getInt32(index * 4, true);
    case 'uint16':
      return view.getUint16(index * 2, true);
    default:
      return view.getUint8(index);
  }
}

/** The files that a manifest names. */
export const binariesOf = (manifest: unknown): readonly string[] =>
  list(manifest).flatMap((group) => list(settings(group)['paths']).map(textOf));

/** The weights of TensorFlow.js: what the manifest says of the binaries, which stand one after another. Problems: model.*. */
export function weightsOfManifest(manifest: unknown, file: string, binaries: ReadonlyMap<string, Uint8Array>): Outcome<WeightSource> {
  const byLayer = new Map<string, { readonly name: string; readonly array: Hdf5Array }[]>();
  const broken = (reason: string) => failure('model.unreadable', { file, reason });
  for (const group of list(manifest).map(settings)) {
    const parts: Uint8Array[] = [];
    for (const path of list(group['paths']).map(textOf)) {
      const part = binaries.get(path);
      if (part === undefined) return failure('model.missing-file', { file, missing: path });
      parts.push(part);
    }
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((offset, part) => {
      bytes.set(part, offset);
      return offset + part.length;
    }, 0);
    let offset = 0;
    for (const entry of list(group['weights']).map(settings)) {
      const name = textOf(entry['name']);
      const quantization = settings(entry['quantization']);
      const stored = textOf(quantization['dtype']) || textOf(entry['dtype']);
      const shape = list(entry['shape']).map(Number);
      const count = sizeOf(shape);
      const size = Object.hasOwn(elementBytes, stored) ? elementBytes[stored] : undefined;
      if (size === undefined || stored === 'float16') return broken(`the weight ${name} is of the type ${stored}, which is not read`);
      if (shape.some((length) => !Number.isInteger(length) || length < 0) || offset + count * size > bytes.length)
        return broken(`the weight ${name} reaches beyond the end of its file`);
      const view = new DataView(bytes.buffer, offset, count * size);
      const scale = typeof quantization['scale'] === 'number' ? quantization['scale'] : 1;
      const least = typeof quantization['min'] === 'number' ? quantization['min'] : 0;
      const data = Float32Array.from({ length: count }, (_, index) => numbersOf(view, stored, index) * scale + least);
      offset += count * size;
      const [layer = ''] = name.split('/');
      byLayer.set(layer, [...(byLayer.get(layer) ?? []), { name, array: { shape, data } }]);
    }
  }
  return success(({ path }) => {
    const [outermost = '', ...inner] = path;
    const last = inner.at(-1);
    const own =
      byLayer.get(last ?? outermost) ?? byLayer.get(outermost)?.filter(({ name }) => last === undefined || name.split('/').includes(last));
    return own === undefined || own.length === 0 ? null : own.map(({ array }) => array);
  });
}
