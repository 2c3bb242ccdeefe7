/** Exports that must not be: bytes that change on their way, models that compute something else, layers a format cannot say; and normalised ones. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeCheckMaterial } from '../../../compute/export/check-material';
import { decodeSafetensors, encodeSafetensors } from '../../../compute/graph/safetensors';
import { unwrap } from '../../../compute/graph/problem';
import { defaultTrainingSettings, type TrainingSettings } from '../../../compute/graph/training-settings';
import { readNpz } from '../../formats/npz.format';
import { memorySource } from '../../formats/byte-source';
import { drawWeights, network, node } from '../../formats/testing/networks';
import { readFile, type FileSystem } from '../../storage/file-system';
import { memoryFileSystem } from '../../storage/testing/memory-file-system';
import { placesIn, smallContent, smallDocument, smallWeights, startServices } from '../testing/home';
import { checkExport } from './check-export';
import { exportFormats, type ExportContent, type ExportFormat } from './export-formats';
import { runOnnx } from './onnx-runtime';

const places = placesIn('/home');
const formats = Object.keys(exportFormats) as ExportFormat[];

/** A table of three columns of very different sizes, and what is to be taken away of each. */
const mean = [1000, 0.25, -3];
const deviation = [250, 0.01, 4];
const count = 64;
const samples = Float32Array.from({ length: count * 3 }, (_, place) => {
  const column = place % 3;
  return (mean[column] ?? 0) + (deviation[column] ?? 1) * Math.sin(place * 1.7);
});

const weights = unwrap(decodeSafetensors(smallWeights())).tensors;
const weightNamed = (wanted: string) => weights.find(({ name }) => name === wanted) ?? expect.unreachable();

/** What smallDocument computes of a row, in float64. */
function computed(row: readonly number[]): number[] {
  const [kernel, bias, last] = ['hidden.weight', 'hidden.bias', 'output.weight'].map((name) => weightNamed(name).data);
  const hidden = [0, 1, 2, 3].map((unit) =>
    Math.max(
      0,
      row.reduce((sum, value, column) => sum + value * (kernel?.[unit * 3 + column] ?? 0), bias?.[unit] ?? 0),
    ),
  );
  return [0, 1].map((unit) => hidden.reduce((sum, value, from) => sum + value * (last?.[unit * 4 + from] ?? 0), 0));
}

const rows = Array.from({ length: count }, (_, sample) => [...samples.subarray(sample * 3, sample * 3 + 3)]);
const normalised = rows.map((row) => row.map((value, column) => (value - (mean[column] ?? 0)) / (deviation[column] ?? 1)));
const raw = { name: 'samples', shape: [count, 3], data: samples };
const outputsOf = (given: readonly (readonly number[])[]) => ({
  name: 'outputs',
  shape: [count, 2],
  data: Float32Array.from(given.flatMap(computed)),
});
const normalization = { axis: 0, mean, deviation };
const plain = { ...raw, data: Float32Array.from(normalised.flat()) };
const plainMaterial = { samples: plain, outputs: outputsOf(normalised), normalization: null, targets: null, colours: null };
/** In which what the network says is told. */
const targets = { mean: [50, -2], deviation: [70, 0.5] };
const toldOf = (given: readonly (readonly number[])[]): number[] =>
  given.flatMap((row) => computed(row).map((value, place) => value * (targets.deviation[place] ?? 1) + (targets.mean[place] ?? 0)));
const told = { ...outputsOf([]), data: Float32Array.from(toldOf(normalised)) };
const normalisedMaterial = { samples: raw, outputs: told, normalization, targets, colours: null };
const perColumn: TrainingSettings = {
  ...defaultTrainingSettings,
  loss: { kind: 'mean-squared-error', parameters: {} },
  preparation: { normalization: 'per-column', standardizeTargets: true, augmentation: [] },
};
const content: ExportContent = {
  document: smallDocument,
  weights,
  metadata: {},
  settings: defaultTrainingSettings,
  dataset: null,
  material: plainMaterial,
};

async function begin(fileSystem: FileSystem) {
  const caller = await startServices(places, fileSystem);
  onTestFinished(() => caller.services.close());
  const { token: project, location } = await caller.call('projects.create', { name: 'Wrong', content: smallContent(1) });
  const request = async (format: ExportFormat, more: object = {}) => ({
    ...{ project, format, document: smallDocument, weights: await caller.upload('w', smallWeights()), folder: null, name: 'it' },
    ...{ material: null, settings: defaultTrainingSettings, dataset: null, withData: false, ...more },
  });
  const exported = async () => (await fileSystem.list(join(location, 'exports')).catch(() => [])).map(({ name }) => name);
  return { caller, request, exported };
}

describe('what is written', () => {
  it.each(formats)('as %s is read back before it takes its name: a disk that changes a byte leaves nothing', async (format) => {
    const disk = memoryFileSystem();
    let armed = false;
    const fileSystem: FileSystem = {
      ...disk,
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        if (!armed || mode !== 'create' || !path.includes('exports')) return file;
        const write: typeof file.write = (bytes, offset, length, position) => {
          const changed = Uint8Array.from(bytes);
          changed[offset] = (changed[offset] ?? 0) ^ 1;
          return file.write(changed, offset, length, position);
        };
        return { ...file, write };
      },
    };
    const { caller, request, exported } = await begin(fileSystem);
    const wanted = await request(format, { material: await caller.upload('m', encodeCheckMaterial(plainMaterial)) });
    armed = true;
    expect(await caller.refused('exports.write', wanted)).toMatchObject({ code: 'export.damaged' });
    expect(await exported()).toEqual([]);
  });

  it.each(formats)('as %s is computed before: one weight that is off is seen', async (format) => {
    const files = unwrap(await exportFormats[format].write(content));
    expect(await checkExport(format, files, content)).toMatchObject({ samples: count });
    const bias = weightNamed('hidden.bias');
    const off = { ...bias, data: Float32Array.from(bias.data, (value) => value + 0.01) };
    const wrong = unwrap(
      await exportFormats[format].write({ ...content, weights: weights.map((weight) => (weight === bias ? off : weight)) }),
    );
    await expect(checkExport(format, wrong, content)).rejects.toMatchObject({ code: 'export.differs' });
    // Where nothing but the first file is there, and it is cut short, it cannot be read.
    const cut = files.map((file, place) => (place === 0 || format === 'pytorch' ? { ...file, bytes: file.bytes.subarray(0, 60) } : file));
    await expect(checkExport(format, cut, content)).rejects.toMatchObject({ code: 'export.unreadable' });
  });

  it('is refused with the name of the node that the format cannot say', async () => {
    const { caller, request, exported } = await begin(memoryFileSystem());
    const document = network('Memory', [node('input', 'input', { shape: [4, 3] }), node('memory', 'gru', { units: 2 })], ['input memory']);
    const given = await request('tfjs', { document, weights: await caller.upload('w', encodeSafetensors(drawWeights(document))) });
    expect(await caller.refused('exports.write', given)).toMatchObject({ code: 'keras.unsupported-here', values: { node: 'memory' } });
    expect(await exported()).toEqual([]);
  });
});

describe('a network whose samples are normalised and whose targets are standardised', () => {
  it('takes raw samples and tells raw numbers in onnxruntime, and says so', async () => {
    const disk = memoryFileSystem();
    const { caller, request } = await begin(disk);
    const material = await caller.upload('m', encodeCheckMaterial(normalisedMaterial));
    const { location, check } = await caller.call('exports.write', await request('onnx', { material, settings: perColumn }));
    expect(check).toMatchObject({ samples: count, read: 'model' });
    const model = (await readFile(disk, location)) ?? expect.unreachable();
    const outputs = await runOnnx(model, { name: 'input', shape: [count, 3], data: samples }, 'units');
    const expected = toldOf(normalised);
    expect(Math.max(...expected.map((value, place) => Math.abs(value - (outputs[place] ?? NaN))))).toBeLessThan(
      1e-4 * Math.max(...expected.map(Math.abs)),
    );
    expect(Buffer.from(model).toString('latin1')).toContain('The model normalises them itself.\nOutputs are in the units of the data set.');
  });

  it('gives the numbers away beside weights alone', async () => {
    const normalisedContent = { ...content, settings: perColumn, material: normalisedMaterial };
    const [tensors] = unwrap(await exportFormats.safetensors.write(normalisedContent));
    const { metadata } = unwrap(decodeSafetensors(tensors?.bytes ?? new Uint8Array()));
    expect(JSON.parse(metadata['normalization'] ?? '')).toEqual(normalization);
    expect(JSON.parse(metadata['targets'] ?? '')).toEqual(targets);
    const table = {
      name: 't',
      sampleType: 'f32',
      labelShape: [],
      classes: 2,
      targetNames: [],
      columns: ['0: area, as (x - 5) / 2'],
    } as const;
    const [described] = unwrap(await exportFormats.safetensors.write({ ...normalisedContent, dataset: table }));
    expect(unwrap(decodeSafetensors(described?.bytes ?? new Uint8Array())).metadata['columns']).toBe(table.columns[0]);
    const [arrays] = unwrap(await exportFormats.npz.write(normalisedContent));
    const read = unwrap(await readNpz(memorySource('weights.npz', arrays?.bytes ?? new Uint8Array())));
    expect([...(read.get('sample_mean')?.data ?? [])]).toEqual([...Float32Array.from(mean)]);
    expect([...(read.get('sample_deviation')?.data ?? [])]).toEqual([...Float32Array.from(deviation)]);
    expect([...(read.get('target_mean')?.data ?? [])]).toEqual(targets.mean);
    expect([...(read.get('target_deviation')?.data ?? [])]).toEqual(targets.deviation);
  });

  it.each(formats)('passes the check as %s', async (format) => {
    const normalisedContent = { ...content, settings: perColumn, material: normalisedMaterial };
    const files = unwrap(await exportFormats[format].write(normalisedContent));
    expect(await checkExport(format, files, normalisedContent)).toMatchObject({ samples: count });
  });

  it('is not exported without the numbers', async () => {
    const { caller, request, exported } = await begin(memoryFileSystem());
    for (const format of formats) {
      const refused = await caller.refused('exports.write', await request(format, { settings: perColumn }));
      expect(refused).toMatchObject({ code: 'export.statistics' });
    }
    expect(await exported()).toEqual([]);
  });
});
