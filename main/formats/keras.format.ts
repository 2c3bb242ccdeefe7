/**
 * Keras 3's file: a ZIP with the model as JSON and its weights as HDF5, where each variable lies under the kind of its layer
 * and a number. Images have their channels last. Pure, on bytes.
 */
import { snakeCase, type KerasGraph } from '../../compute/export/keras/graph';
import type { KerasLayer } from '../../compute/layers/keras';
import { defineFormat } from './format';
import { arrayAt, groupAt, readOwnHdf5, writeArray, writeHdf5 } from './hdf5-files';
import { numberedAgain, numberedOrder } from './keras/layer-order';
import { modelConfig, ownLayerFiles } from './keras/model-config';
import { readModel, type ReadArray, type ReadModel } from './keras/model-reading';
import { zipped, type NamedFile } from './zip-writer';
import { unzipSync } from 'fflate';

const version = '3.0.0';

/** Where each variable of a layer lies below the layer's own group. */
function placesOf({ className, weights }: KerasLayer): readonly string[] {
  const names = Object.keys(weights);
  if (className === 'Bidirectional') {
    const half = names.length / 2;
    return names.map((_, place) => `${place < half ? 'forward' : 'backward'}_layer/cell/vars/${String(place % half)}`);
  }
  const isRecurrent = ['SimpleRNN', 'GRU', 'LSTM'].includes(className);
  return names.map((_, place) => `${isRecurrent ? 'cell/' : ''}vars/${String(place)}`);
}

function writeWeights(graph: KerasGraph): Promise<Uint8Array> {
  return writeHdf5((root) => {
    const groups = new Set<string>();
    const groupAt = (path: string): string => {
      const parts = path.split('/');
      parts.forEach((_, depth) => {
        const above = parts.slice(0, depth + 1).join('/');
        if (!groups.has(above)) root.create_group(above);
        groups.add(above);
      });
      return path;
    };
    const counts = new Map<string, number>();
    for (const { layer } of numberedOrder(graph)) {
      const kind = snakeCase(layer.className);
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      const home = `layers/${kind}${count === 0 ? '' : `_${String(count)}`}`;
      const places = placesOf(layer);
      groupAt(`${home}/vars`);
      for (const [index, { shape, data }] of Object.values(layer.weights).entries()) {
        const path = `${home}/${places[index] ?? ''}`;
        groupAt(path.slice(0, path.lastIndexOf('/')));
        writeArray(root, path, shape, data());
      }
    }
  });
}

/** The bytes of the file. */
async function writeKeras(graph: KerasGraph, notes: readonly string[]): Promise<Uint8Array> {
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return zipped([
    {
      path: 'metadata.json',
      bytes: json({ keras_version: version, date_saved: '1980-01-01@00:00:00', ...(notes.length === 0 ? {} : { notes }) }),
    },
    { path: 'config.json', bytes: json(modelConfig(graph, 'keras')) },
    { path: 'model.weights.h5', bytes: await writeWeights(graph) },
  ]);
}

/**
 * The file, and what it needs beside it where it has a layer of Hebb's own. `notes` are for people: they stand in metadata.json,
 * of which Keras takes nothing.
 */
export const kerasFiles = async (graph: KerasGraph, notes: readonly string[] = []): Promise<readonly NamedFile[]> => [
  { path: 'model.keras', bytes: await writeKeras(graph, notes) },
  ...ownLayerFiles(graph),
];

/** Where the variables of a layer lie below its group. */
const homes = ['vars', 'cell/vars', 'forward_layer/cell/vars', 'backward_layer/cell/vars'];

/** The model of a file that was just written, each variable found as Keras finds it: by kind and number. Throws a TypeError for what is none. */
export async function readKeras(bytes: Uint8Array): Promise<ReadModel> {
  const { 'config.json': config, 'model.weights.h5': weights } = unzipSync(bytes);
  if (config === undefined || weights === undefined) throw new TypeError('the archive lacks config.json or model.weights.h5');
  return await readOwnHdf5(weights, (root) => {
    const counts = new Map<string, number>();
    const json: unknown = JSON.parse(new TextDecoder().decode(config));
    const inNumberedOrder = readModel(json, () => []);
    const found = new Map<string, readonly ReadArray[]>();
    for (const { name, className } of numberedAgain(inNumberedOrder)) {
      const kind = snakeCase(className);
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      const home = `layers/${kind}${count === 0 ? '' : `_${String(count)}`}`;
      const arrays = homes.flatMap((inner) => {
        const group = groupAt(root, `${home}/${inner}`);
        return group === null ? [] : group.keys().map((_, place) => arrayAt(group, String(place)));
      });
      found.set(name, arrays);
    }
    return readModel(json, ({ name }) => found.get(name) ?? []);
  });
}

export const format = defineFormat({
  name: 'keras',
  label: 'Keras',
  extensions: ['.keras'],
  /** A ZIP whose first entry is Keras's own. */
  probe: (head) => head[0] === 0x50 && head[1] === 0x4b && new TextDecoder().decode(head.subarray(30, 43)) === 'metadata.json',
});
