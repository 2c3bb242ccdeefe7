/**
 * Files of other software with a model or with weights: which kind each is, by its bytes, and what stands in it. Pickled
 * files are never opened: reading one runs whatever program it holds.
 */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { decodeSafetensors, type SafetensorsEntry } from '../../../compute/graph/safetensors';
import { memorySource } from '../byte-source';
import { convertOnnx, type OnnxImportOptions } from '../onnx/import/import-onnx';
import { readOnnx } from '../onnx/onnx-model';
import { DamagedFile } from '../onnx/protobuf';
import { readNpz } from '../npz.format';
import type { ModelImport } from './imported-model';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The kind of the file; null for one that is none of these. */
export type ModelFileKind = 'onnx' | 'safetensors' | 'npz' | 'pickle';

const startsWith = (bytes: Uint8Array, head: readonly number[]): boolean => head.every((byte, index) => bytes[index] === byte);

const holdsText = (bytes: Uint8Array, text: string): boolean => {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return searched.includes(text);
};

const zip = [0x50, 0x4b];

export function kindOfFile({ name, bytes }: NamedBytes): ModelFileKind | null {
  if (startsWith(bytes, zip)) {
    // PyTorch's archives hold data.pkl; the directory at the end names it.
    const ends = bytes.subarray(Math.max(0, bytes.length - 65_536));
    if (holdsText(ends, 'data.pkl') || holdsText(bytes.subarray(0, 4096), 'data.pkl')) return 'pickle';
    return 'npz';
  }
  // Protocols 2 to 5 begin with their number; PyTorch's files before 1.6, too.
  if (bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return 'pickle';
  if (bytes.length > 9 && bytes[8] === 0x7b && startsWith(bytes.subarray(5), [0, 0, 0])) return 'safetensors';
  if (/\.onnx$/i.test(name) || (bytes[0] === 0x08 && (bytes[1] ?? 0) >= 1 && (bytes[1] ?? 0) <= 32)) return 'onnx';
  return null;
}

const unknown = ({ name }: NamedBytes) => failure('model.unknown-format', { file: name });
const pickled = ({ name }: NamedBytes) => failure('model.pickle', { file: name });

/** A model as a document, or why there is none. Problems: model.*, npz.*, safetensors.*. */
export async function readModelFiles(files: readonly NamedBytes[], options: OnnxImportOptions = {}): Promise<Outcome<ModelImport>> {
  const [file] = files;
  if (file === undefined) return failure('model.unknown-format', { file: '' });
  const kind = kindOfFile(file);
  switch (kind) {
    case 'onnx': {
      const model = readOnnx(file.bytes);
      if (!model.ok) return { ok: false, problem: { ...model.problem, values: { file: file.name, ...model.problem.values } } };
      if (model.value.nodes.length === 0) return failure('model.empty', { file: file.name });
      return success(convertOnnx(model.value, options));
    }
    case 'pickle':
      return pickled(file);
    case 'safetensors':
    case 'npz':
      return failure('model.weights-only', { file: file.name });
    case null:
      return unknown(file);
    default:
      return kind satisfies never;
  }
}

/** Weights by name, of a file that holds weights or a model. Problems: model.*, npz.*, npy.*, zip.*, safetensors.*. */
export async function readWeightFile(file: NamedBytes): Promise<Outcome<readonly SafetensorsEntry[]>> {
  const kind = kindOfFile(file);
  switch (kind) {
    case 'safetensors': {
      const content = decodeSafetensors(file.bytes);
      return content.ok ? success(content.value.tensors) : content;
    }
    case 'npz': {
      const arrays = await readNpz(memorySource(file.name, file.bytes));
      if (!arrays.ok) return arrays;
      return success([...arrays.value].map(([name, { shape, data }]) => ({ name, shape, data: Float32Array.from(data) })));
    }
    case 'onnx': {
      const model = readOnnx(file.bytes);
      if (!model.ok) return model;
      try {
        return success(model.value.initializers.map(({ name, shape, decode }) => ({ name, shape, data: Float32Array.from(decode()) })));
      } catch (error) {
        if (error instanceof DamagedFile) return failure('model.damaged', { file: file.name, reason: error.reason, offset: error.offset });
        throw error;
      }
    }
    case 'pickle':
      return pickled(file);
    case null:
      return unknown(file);
    default:
      return kind satisfies never;
  }
}

/** Files that the first one names, which have to be given with it: the binaries of TensorFlow.js. */
export function companionNames(_file: NamedBytes): readonly string[] {
  return [];
}
