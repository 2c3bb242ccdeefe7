/** What the numbers of a table mean, told by every format that has room for it, as other software reads it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeSafetensors } from '../../../compute/graph/safetensors';
import { unwrap } from '../../../compute/graph/problem';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { smallDocument, smallWeights } from '../testing/home';
import { exportFormats, type ExportContent, type ExportFormat } from './export-formats';

const columns = ['0: rooms, as (x - 3.5) / 1.25', '1 to 2: side, 1 for its own of north, süd and 0 for the others', 'target 0: price'];
const content: ExportContent = {
  document: smallDocument,
  weights: unwrap(decodeSafetensors(smallWeights())).tensors,
  metadata: {},
  settings: defaultTrainingSettings,
  dataset: { name: 'houses', sampleType: 'f32', labelShape: [], classes: 0, targetNames: ['price'], columns },
  material: null,
};

const folder = mkdtempSync(join(tmpdir(), 'hebb-notes-'));
const pathOf = (format: ExportFormat, file: string): string => join(folder, format, file);

beforeAll(async () => {
  for (const format of ['onnx', 'safetensors', 'npz', 'tfjs', 'keras', 'h5'] as const)
    for (const { path, bytes } of unwrap(await exportFormats[format].write(content))) {
      mkdirSync(dirname(pathOf(format, path)), { recursive: true });
      writeFileSync(pathOf(format, path), bytes);
    }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const script = `
import json, struct, sys, zipfile
import h5py, numpy, onnx
at = lambda *parts: '/'.join((sys.argv[1],) + parts)
with open(at('safetensors', 'weights.safetensors'), 'rb') as file:
    header = json.loads(file.read(struct.unpack('<Q', file.read(8))[0]))
told = lambda text: text.decode() if isinstance(text, bytes) else str(text)
print(json.dumps({
    'onnx': onnx.load(at('onnx', 'model.onnx')).metadata_props[0].value.split('\\n'),
    'safetensors': header['__metadata__']['columns'].split('\\n'),
    'npz': bytes(numpy.load(at('npz', 'weights.npz'))['columns']).decode().split('\\n'),
    'keras': json.loads(zipfile.ZipFile(at('keras', 'model.keras')).read('metadata.json'))['notes'],
    'h5': [told(line) for line in h5py.File(at('h5', 'model.h5'), 'r').attrs['notes']],
}))
`;

it('columns are read by onnx, numpy, h5py and json', () => {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script, folder], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const whole = [expect.stringContaining('Samples as the data set holds them') as string, ...columns];
  expect(JSON.parse(stdout)).toEqual({ onnx: whole, keras: whole, h5: whole, safetensors: columns, npz: columns });
});

it('TensorFlow.js gives them with the model that it loads', async () => {
  const files = new Map(unwrap(await exportFormats.tfjs.write(content)).map(({ path, bytes }) => [path, bytes]));
  // Our own file: what TensorFlow.js makes of it is what the test is about.
  const model = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as core.io.ModelJSON;
  const artifacts = await core.io.getModelArtifactsForJSON(model, (manifest) => {
    const { buffer } = Uint8Array.from(files.get('weights.bin') ?? []);
    return Promise.resolve([manifest.flatMap(({ weights }) => weights), buffer]);
  });
  const network = await loadLayersModel(core.io.fromMemory(artifacts));
  expect(network.getUserDefinedMetadata()).toEqual({ notes: [expect.any(String), ...columns] });
  network.dispose();
});
