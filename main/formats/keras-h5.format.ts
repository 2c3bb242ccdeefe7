/**
 * Keras's older file, HDF5: the model as JSON in an attribute, and below `model_weights` a group a layer. Keras 2 and 3 read
 * it. Pure, on bytes.
 */
import type { KerasGraph } from '../../compute/export/keras/graph';
import { defineFormat } from './format';
import { arrayAt, groupAt, readOwnHdf5, textsOf, writeArray, writeHdf5, writeText } from './hdf5-files';
import { numberedOrder } from './keras/layer-order';
import { modelConfig, ownLayerFiles } from './keras/model-config';
import { readModel, type ReadModel } from './keras/model-reading';
import type { NamedFile } from './zip-writer';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const version = '2.15.0';

/** The bytes of the file. */
function writeKerasHdf5(graph: KerasGraph, notes: readonly string[]): Promise<Uint8Array> {
  return writeHdf5((root) => {
    writeText(root, 'backend', 'tensorflow');
    writeText(root, 'keras_version', version);
    writeText(root, 'model_config', JSON.stringify(modelConfig(graph, 'h5')));
    if (notes.length > 0) writeText(root, 'notes', notes);
    const all = root.create_group('model_weights');
    writeText(all, 'backend', 'tensorflow');
    writeText(all, 'keras_version', version);
    const withWeights = numberedOrder(graph).filter(({ layer }) => Object.keys(layer.weights).length > 0);
    writeText(
      all,
      'layer_names',
      withWeights.map(({ layer }) => layer.name),
    );
    for (const { layer } of withWeights) {
      const group = all.create_group(layer.name);
      const names = Object.keys(layer.weights).map((name) => `${name.replace('/', '_')}:0`);
      writeText(
        group,
        'weight_names',
        names.map((name) => `${layer.name}/${name}`),
      );
      const inner = group.create_group(layer.name);
      for (const [place, { shape, data }] of Object.values(layer.weights).entries()) writeArray(inner, names[place] ?? '', shape, data());
    }
  });
}

/** The file, and what it needs beside it where it has a layer of Hebb's own. `notes` are for people: an attribute of the file. */
export const kerasHdf5Files = async (graph: KerasGraph, notes: readonly string[] = []): Promise<readonly NamedFile[]> => [
  { path: 'model.h5', bytes: await writeKerasHdf5(graph, notes) },
  ...ownLayerFiles(graph),
];

/** The model of a file that was just written. Throws a TypeError for what is none. */
export const readKerasHdf5 = (bytes: Uint8Array): Promise<ReadModel> =>
  readOwnHdf5(bytes, (root) => {
    const [config = ''] = textsOf(root, 'model_config');
    return readModel(JSON.parse(config), ({ name }) => {
      const group = groupAt(root, `model_weights/${name}`);
      return group === null ? [] : textsOf(group, 'weight_names').map((weight) => arrayAt(group, weight));
    });
  });

export const format = defineFormat({
  name: 'keras-h5',
  label: 'Keras (HDF5)',
  extensions: ['.h5', '.hdf5'],
  probe: (head) => signature.every((byte, place) => head[place] === byte),
});
