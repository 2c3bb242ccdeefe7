/**
 * Files of other software with a model or with weights: which kind each is, by its bytes, and what stands in it. Pickled
 * files are never opened: reading one runs whatever program it holds.
 */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { decodeSafetensors, type SafetensorsEntry } from '../../../compute/graph/safetensors';
import { memorySource } from '../byte-source';
import { isHdf5 } from '../hdf5/hdf5';
import { importKeras, importKerasHdf5, importTensorFlowJs, topologyOf } from '../keras/import/import-keras';
import { binariesOf } from '../keras/import/keras-weights';
import { readNpz } from '../npz.format';
import { convertOnnx, type OnnxImportOptions } from '../onnx/import/import-onnx';
import { readOnnx } from '../onnx/onnx-model';
import { DamagedFile } from '../onnx/protobuf';
import type { ModelImport } from './imported-model';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type ModelFileKind = 'onnx' | 'keras' | 'keras-h5' | 'tensorflow-js' | 'safetensors' | 'npz' | 'pickle';

const startsWith = (bytes: Uint8Array, head: readonly number[]): boolean => head.every((byte, index) => bytes[index] === byte);

const holdsText = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text);

const zip = [0x50, 0x4b];
const DIRECTORY = 65_536;

function kindOfArchive(bytes: Uint8Array): ModelFileKind {
  // The directory at the end names what is in the archive.
  const end = bytes.subarray(Math.max(0, bytes.length - DIRECTORY));
  if (holdsText(end, 'data.pkl')) return 'pickle';
  return holdsText(end, 'model.weights.h5') ? 'keras' : 'npz';
}

/** The kind of the file; null for one that is none of these. */
export function kindOfFile({ name, bytes }: NamedBytes): ModelFileKind | null {
  if (startsWith(bytes, zip)) return kindOfArchive(bytes);
  if (isHdf5(bytes)) return 'keras-h5';
  // Protocols 2 to 5 begin with their number; PyTorch's files before 1.6 do, too.
  if (bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return 'pickle';
  if (bytes.length > 9 && bytes[8] === 0x7b && startsWith(bytes.subarray(5), [0, 0, 0])) return 'safetensors';
  if (/^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64))) && topologyOf(bytes) !== null) return 'tensorflow-js';
  if (/\.onnx$/i.test(name) || (bytes[0] === 0x08 && (bytes[1] ?? 0) >= 1 && (bytes[1] ?? 0) <= 32)) return 'onnx';
  return null;
}

/** Of several files that one with a model: the JSON among its binaries. */
const mainFile = (files: readonly NamedBytes[]): NamedBytes | undefined =>
  files.length === 1 ? files[0] : (files.find((file) => kindOfFile(file) === 'tensorflow-js') ?? files[0]);

/** Files that the first one names, which have to be given with it: the binaries of TensorFlow.js. Names without folders alone. */
export function companionNames(file: NamedBytes): readonly string[] {
  if (kindOfFile(file) !== 'tensorflow-js') return [];
  return binariesOf(topologyOf(file.bytes)?.manifest).filter((name) => /^[^/\\]+$/.test(name) && name !== '..' && name !== '.');
}

/** A model as a document, or a report of what stands in the way. Problems: model.*, zip.*. */
export async function readModelFiles(files: readonly NamedBytes[], options: OnnxImportOptions = {}): Promise<Outcome<ModelImport>> {
  const file = mainFile(files);
  if (file === undefined) return failure('model.unknown-format', { file: '' });
  const { name, bytes } = file;
  const kind = kindOfFile(file);
  switch (kind) {
    case 'onnx': {
      const model = readOnnx(bytes);
      if (!model.ok) return { ok: false, problem: { ...model.problem, values: { file: name, ...model.problem.values } } };
      return model.value.nodes.length === 0 ? failure('model.empty', { file: name }) : success(convertOnnx(model.value, options));
    }
    case 'keras':
      return await importKeras(name, bytes, options);
    case 'keras-h5':
      return importKerasHdf5(name, bytes, options);
    case 'tensorflow-js':
      return importTensorFlowJs(name, bytes, new Map(files.map((one) => [one.name, one.bytes])), options);
    case 'pickle':
      return failure('model.pickle', { file: name });
    case 'safetensors':
    case 'npz':
      return failure('model.weights-only', { file: name });
    case null:
      return failure('model.unknown-format', { file: name });
    default:
      return kind satisfies never;
  }
}

/** The numbers of an ONNX file as they stand there. Problems: model.damaged. */
function numbersOfOnnx({ name: file, bytes }: NamedBytes): Outcome<readonly SafetensorsEntry[]> {
  const model = readOnnx(bytes);
  if (!model.ok) return { ok: false, problem: { ...model.problem, values: { file, ...model.problem.values } } };
  try {
    return success(
      model.value.initializers.map(({ name, shape, decode }) => {
        const data = decode();
        return { name, shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
      }),
    );
  } catch (error) {
    if (error instanceof DamagedFile) return failure('model.damaged', { file, reason: error.reason, offset: error.offset });
    throw error;
  }
}

/** The weights of a model as our layers name and shape them; where it does not convert, as they stand in an ONNX file. */
async function weightsOfModel(files: readonly NamedBytes[], file: NamedBytes): Promise<Outcome<readonly SafetensorsEntry[]>> {
  // A model is read without the numbers that nothing uses; a file of weights is not.
  const plain = kindOfFile(file) === 'onnx' ? numbersOfOnnx(file) : null;
  if (plain?.ok === false) return plain;
  const imported = await readModelFiles(files);
  if (!imported.ok) return plain ?? imported;
  if (imported.value.model !== null) return success(imported.value.model.weights);
  if (plain !== null) return plain;
  const { refused } = imported.value.report;
  const [first = { name: '', operator: '', reason: '' }] = refused;
  return failure('model.refused', { count: refused.length, ...first });
}

/** Weights by name, of a file that holds weights or a model. Problems: model.*, npz.*, npy.*, zip.*, safetensors.*. */
export async function readWeightFile(files: readonly NamedBytes[]): Promise<Outcome<readonly SafetensorsEntry[]>> {
  const file = mainFile(files);
  const kind = file === undefined ? null : kindOfFile(file);
  if (file === undefined) return failure('model.unknown-format', { file: '' });
  if (kind === 'safetensors') {
    const content = decodeSafetensors(file.bytes);
    return content.ok
      ? success(content.value.tensors)
      : { ok: false, problem: { ...content.problem, values: { file: file.name, ...content.problem.values } } };
  }
  if (kind === 'npz') {
    const arrays = await readNpz(memorySource(file.name, file.bytes));
    if (!arrays.ok) return arrays;
    return success([...arrays.value].map(([name, { shape, data }]) => ({ name, shape, data: Float32Array.from(data) })));
  }
  return await weightsOfModel(files, file);
}
