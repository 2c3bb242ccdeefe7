/**
 * The formats that networks are exported to: how each is written, and how what was written is read back as a model that
 * onnxruntime can compute. Closed at compile time; bytes only, no disk.
 */
import { NO_ENDS, endsMetadata, withEnds, type WeightedDocument } from '../../../compute/export/normalization';
import type { CheckMaterial } from '../../../compute/export/check-material';
import { kerasGraph, type KerasGraph } from '../../../compute/export/keras/graph';
import { pytorchProject, pythonWeightNames } from '../../../compute/export/pytorch/project';
import type { ProjectDataset } from '../../../compute/export/pytorch/project-dataset';
import type { ModelDocument } from '../../../compute/graph/model-document';
import { success, type Outcome } from '../../../compute/graph/problem';
import type { SafetensorsContent, SafetensorsEntry } from '../../../compute/graph/safetensors';
import type { Shape } from '../../../compute/graph/tensor';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import { analyseNetwork } from '../../../compute/layers/network';
import { kerasShape } from '../../../compute/layers/keras';
import { memorySource } from '../../formats/byte-source';
import { modelToOnnx } from '../../formats/keras/model-to-onnx';
import { kerasFiles, readKeras } from '../../formats/keras.format';
import { kerasHdf5Files, readKerasHdf5 } from '../../formats/keras-h5.format';
import { readNpz, writeNpz } from '../../formats/npz.format';
import type { NumericArray } from '../../formats/numeric-array';
import { writeOnnx } from '../../formats/onnx.format';
import { format as safetensors } from '../../formats/safetensors.format';
import { readTensorFlowJs, tensorFlowJsFiles } from '../../formats/tensorflow-js.format';
import type { ReadModel } from '../../formats/keras/model-reading';
import type { NamedFile } from '../../formats/zip-writer';

export interface ExportContent {
  readonly document: ModelDocument;
  /** Those that the document asks for, in its order. */
  readonly weights: readonly SafetensorsEntry[];
  readonly metadata: SafetensorsContent['metadata'];
  readonly settings: TrainingSettings;
  readonly dataset: ProjectDataset | null;
  /** Null where no data set is at hand: then nothing is compared, and nothing normalised. */
  readonly material: CheckMaterial | null;
}

/** What was read back: `model` from the file alone, `weights` from the file and the network from the document. */
export interface ReadBack {
  readonly read: 'model' | 'weights';
  readonly onnx: Uint8Array;
  readonly input: string;
  readonly output: string;
  /** Images have their channels last. */
  readonly channelsLast: boolean;
}

export interface ExportFormatDefinition {
  /** With its dot; '' where the export is a folder. */
  readonly extension: string;
  /** The first file is named as the export; others keep their names. In a folder all keep them. */
  readonly write: (content: ExportContent) => Promise<Outcome<readonly NamedFile[]>>;
  /** Throws a TypeError for what it cannot read. */
  readonly readBack: (files: readonly NamedFile[], content: ExportContent) => Promise<Outcome<ReadBack>>;
}

const normalized = ({ material }: ExportContent): boolean => material !== null && material.normalization !== null;

/** What a model's input takes and its output tells, in words, a line each. */
const notesOf = (content: ExportContent): readonly string[] => [
  `Samples as the data set holds them; bytes as numbers from 0 to 1.${normalized(content) ? ' The model normalises them itself.' : ''}`,
  ...((content.material?.targets ?? null) === null ? [] : ['Outputs are in the units of the data set.']),
  ...(content.dataset?.columns ?? []),
];

const columnsMetadata = ({ dataset }: ExportContent): Readonly<Record<string, string>> =>
  dataset === null || dataset.columns.length === 0 ? {} : { columns: dataset.columns.join('\n') };

/** The network as it stands in files that hold a model: with the normalisation of its samples and the units of its targets. */
const whole = ({ document, weights, material }: ExportContent): WeightedDocument => withEnds({ document, weights }, material ?? NO_ENDS);

const one = (path: string, bytes: Outcome<Uint8Array>): Outcome<readonly NamedFile[]> =>
  bytes.ok ? success([{ path, bytes: bytes.value }]) : bytes;

/** The file of that name, or the first. Throws a TypeError where there is none. */
function fileOf(files: readonly NamedFile[], name?: string): Uint8Array {
  const file = name === undefined ? files[0] : files.find(({ path }) => path === name);
  if (file === undefined) throw new TypeError(`there is no file ${name ?? ''}`);
  return file.bytes;
}

/** The document's own model with weights as they were read. */
function withWeights(content: ExportContent, read: readonly SafetensorsEntry[]): Outcome<ReadBack> {
  const { document, weights } = whole({ ...content, weights: read });
  const onnx = writeOnnx({ document, weights });
  if (!onnx.ok) return onnx;
  const { input, output } = analyseNetwork(document);
  return success({ read: 'weights', onnx: onnx.value, input: input ?? '', output: output ?? '', channelsLast: false });
}

const graphOf = (content: ExportContent): Outcome<KerasGraph> => {
  const { document, weights } = whole(content);
  const byName = new Map(weights.map(({ name, data }) => [name, data]));
  return kerasGraph(document, (name) => Float32Array.from(byName.get(name) ?? []));
};

async function writeGraph(
  content: ExportContent,
  write: (graph: KerasGraph, notes: readonly string[]) => Promise<readonly NamedFile[]> | Outcome<readonly NamedFile[]>,
): Promise<Outcome<readonly NamedFile[]>> {
  const graph = graphOf(content);
  if (!graph.ok) return graph;
  const files = await write(graph.value, notesOf(content));
  return 'ok' in files ? files : success(files);
}

function fromModel(model: ReadModel, { document }: ExportContent): Outcome<ReadBack> {
  const shape: Shape = kerasShape(analyseNetwork(document).outputShape ?? []);
  const { bytes, input, output } = modelToOnnx(model, shape);
  return success({ read: 'model', onnx: bytes, input, output, channelsLast: true });
}

const numbersOf = (data: ArrayLike<number | bigint>): Float32Array => Float32Array.from(Array.from(data, Number));

export const exportFormats = {
  onnx: {
    extension: '.onnx',
    write: (content) =>
      Promise.resolve(one('model.onnx', writeOnnx({ ...whole(content), metadata: { input: notesOf(content).join('\n') } }))),
    readBack: (files, content) => {
      const { input, output } = analyseNetwork(whole(content).document);
      const names = { input: input ?? '', output: output ?? '' };
      return Promise.resolve(success({ read: 'model', onnx: fileOf(files), ...names, channelsLast: false }));
    },
  },
  safetensors: {
    extension: '.safetensors',
    write: (content) => {
      const { weights, metadata, material } = content;
      const told = { ...metadata, ...columnsMetadata(content), ...endsMetadata(material ?? NO_ENDS) };
      return Promise.resolve(one('weights.safetensors', safetensors.write({ tensors: weights, metadata: told })));
    },
    readBack: (files, content) => {
      const read = safetensors.read(fileOf(files));
      return Promise.resolve(read.ok ? withWeights(content, read.value.tensors) : read);
    },
  },
  npz: {
    extension: '.npz',
    write: (content) => {
      const { weights, material } = content;
      const { mean = [], deviation = [] } = material?.normalization ?? {};
      const { mean: targetMean = [], deviation: targetDeviation = [] } = material?.targets ?? {};
      // Weights have a dot in their names.
      const numbers = [
        { name: 'sample_mean', shape: [mean.length], data: mean },
        { name: 'sample_deviation', shape: [deviation.length], data: deviation },
        { name: 'target_mean', shape: [targetMean.length], data: targetMean },
        { name: 'target_deviation', shape: [targetDeviation.length], data: targetDeviation },
      ].filter(({ data }) => data.length > 0);
      const arrays = new Map<string, NumericArray>(
        [...weights, ...numbers].map(({ name, shape, data }) => [name, { shape, type: 'f32', data: Float32Array.from(data) }]),
      );
      // Texts as bytes of UTF-8, which every reader of arrays takes.
      for (const [name, text] of Object.entries(columnsMetadata(content))) {
        const data = new TextEncoder().encode(text);
        arrays.set(name, { shape: [data.length], type: 'u8', data });
      }
      return Promise.resolve(one('weights.npz', writeNpz(arrays)));
    },
    readBack: async (files, content) => {
      const read = await readNpz(memorySource('weights.npz', fileOf(files)));
      if (!read.ok) return read;
      const arrays = Array.from(read.value, ([name, { shape, data }]) => ({ name, shape, data: numbersOf(data) }));
      return withWeights(
        content,
        arrays.filter(({ name }) => name.includes('.')),
      );
    },
  },
  tfjs: {
    extension: '',
    write: (content) => writeGraph(content, tensorFlowJsFiles),
    readBack: (files, content) =>
      Promise.resolve(
        fromModel(
          readTensorFlowJs(fileOf(files, 'model.json'), (name) => fileOf(files, name)),
          content,
        ),
      ),
  },
  keras: {
    extension: '.keras',
    write: (content) => writeGraph(content, kerasFiles),
    readBack: async (files, content) => fromModel(await readKeras(fileOf(files)), content),
  },
  h5: {
    extension: '.h5',
    write: (content) => writeGraph(content, kerasHdf5Files),
    readBack: async (files, content) => fromModel(await readKerasHdf5(fileOf(files)), content),
  },
  pytorch: {
    extension: '',
    write: (content) => {
      const { settings, dataset, material } = content;
      return Promise.resolve(
        success(
          pytorchProject({
            ...whole(content),
            settings,
            dataset,
            normalizes: normalized(content),
            targets: material?.targets ?? null,
            colours: material?.colours ?? null,
            check: material,
          }),
        ),
      );
    },
    readBack: (files, content) => {
      const read = safetensors.read(fileOf(files, 'weights.safetensors'));
      if (!read.ok) return Promise.resolve(read);
      const { document } = whole(content);
      const before = new Map(Array.from(pythonWeightNames(document), ([name, python]) => [python, name]));
      const own = new Set(content.weights.map(({ name }) => name));
      const tensors = read.value.tensors.map((tensor) => ({ ...tensor, name: before.get(tensor.name) ?? tensor.name }));
      return Promise.resolve(
        withWeights(
          content,
          tensors.filter(({ name }) => own.has(name)),
        ),
      );
    },
  },
} as const satisfies Record<string, ExportFormatDefinition>;

export type ExportFormat = keyof typeof exportFormats;
