/** The check of an export: the written bytes read back, computed by onnxruntime on real samples, and held against Hebb's outputs. */
import { arranged, kerasOrder } from '../../../compute/layers/keras';
import { sizeOf, type Shape } from '../../../compute/graph/tensor';
import type { CheckMaterial } from '../../../compute/export/check-material';
import { runOnnx } from './onnx-runtime';
import { ServiceError, valueOf } from '../service-error';
import type { NamedFile } from '../../formats/zip-writer';
import { exportFormats, type ExportContent, type ExportFormat, type ReadBack } from './export-formats';

/** What an export promises: no output differs by more than this part of the largest output (or of 1, where all are smaller). */
const LIMIT = 1e-4;

export interface ExportCheck {
  readonly runtime: 'onnxruntime';
  readonly read: ReadBack['read'];
  readonly samples: number;
  /** The largest difference of an output. */
  readonly difference: number;
  /** What is allowed: 1e-4 of the largest output, or of 1 where all are smaller. */
  readonly limit: number;
}

/** Axes with the batch in front, from Hebb's order to Keras's. */
const batched = (rank: number): readonly number[] => [0, ...kerasOrder(rank - 1).map((axis) => axis + 1)];

function inOrder<Data extends Float32Array | Int32Array>(
  shape: Shape,
  data: Data,
  order: readonly number[],
): { readonly shape: Shape; readonly data: Data } {
  if (order.every((axis, place) => axis === place)) return { shape, data };
  // Images are f32: tokens have no third axis to move.
  const moved = arranged({ shape, data: () => Float32Array.from(data) }, order);
  return { shape: moved.shape, data: moved.data() as Data };
}

async function outputsOf({ onnx, input, output, channelsLast }: ReadBack, { samples, outputs }: CheckMaterial): Promise<Float32Array> {
  const rank = samples.shape.length;
  const data = samples.data instanceof Int32Array ? samples.data : Float32Array.from(samples.data);
  const given = channelsLast ? inOrder(samples.shape, data, batched(rank)) : { shape: samples.shape, data };
  const result = await runOnnx(onnx, { name: input, ...given }, output);
  if (!channelsLast) return result;
  const order = batched(outputs.shape.length);
  const there = order.map((axis) => outputs.shape[axis] ?? 1);
  return inOrder(
    there,
    result,
    order.map((_, axis) => order.indexOf(axis)),
  ).data;
}

/**
 * Compares what was written with what Hebb computed; null where there are no samples. Errors: export.differs where it is wrong,
 * export.unreadable where it cannot be read back or computed.
 */
export async function checkExport(format: ExportFormat, files: readonly NamedFile[], content: ExportContent): Promise<ExportCheck | null> {
  const { material } = content;
  if (material === null) return null;
  let read: ReadBack;
  let actual: Float32Array;
  try {
    read = valueOf(await exportFormats[format].readBack(files, content));
    actual = await outputsOf(read, material);
  } catch (error) {
    throw new ServiceError('export.unreadable', { format, reason: error instanceof Error ? error.message : String(error) });
  }
  const { outputs } = material;
  let scale = 1;
  let difference = 0;
  for (const [index, value] of outputs.data.entries()) {
    scale = Math.max(scale, Math.abs(value));
    const distance = Math.abs(value - (actual[index] ?? NaN));
    // What is no number is no agreement.
    difference = Number.isNaN(distance) ? Infinity : Math.max(difference, distance);
  }
  const limit = LIMIT * scale;
  if (actual.length !== sizeOf(outputs.shape) || difference > limit)
    throw new ServiceError('export.differs', { format, difference: difference.toExponential(1), limit: limit.toExponential(1) });
  return { runtime: 'onnxruntime', read: read.read, samples: samples(outputs.shape), difference, limit };
}

const samples = ([count = 0]: Shape): number => count;
