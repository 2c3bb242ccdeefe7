/** From a request to the files of an export that were checked. It knows no disk. */
import * as v from 'valibot';
import { augmentations } from '../../../compute/augmentations/registry';
import { decodeCheckMaterial } from '../../../compute/export/check-material';
import type { ProjectDataset } from '../../../compute/export/pytorch/project-dataset';
import { modelDocumentSchema } from '../../../compute/graph/model-document';
import type { SafetensorsContent } from '../../../compute/graph/safetensors';
import { trainingSettingsSchema } from '../../../compute/graph/training-settings';
import { matchWeights } from '../../formats/network-weights';
import type { NamedFile } from '../../formats/zip-writer';
import { describeIssues } from '../json-file';
import { ServiceError, valueOf } from '../service-error';
import { checkExport, type ExportCheck } from './check-export';
import { exportFormats, type ExportContent, type ExportFormat } from './export-formats';

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly document: unknown;
  readonly weights: SafetensorsContent;
  /** As compute/export/check-material.ts writes it; null where no samples are at hand. */
  readonly material: Uint8Array | null;
  readonly settings: unknown;
  readonly dataset: ProjectDataset | null;
}

export interface PreparedExport {
  /** The first is named as the export is, unless the export is a folder. */
  readonly files: readonly NamedFile[];
  readonly check: ExportCheck | null;
}

function parsed<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown): Output {
  const result = v.safeParse(schema, value);
  if (!result.success) throw new ServiceError('project.invalid-content', { reason: describeIssues(result.issues) });
  return result.output;
}

/**
 * The files, of a document and weights that fit together, checked where there is material. Throws a ServiceError:
 * project.invalid-content, export.statistics where samples are normalised or targets standardised and there is no material, the first problem of the document, export.*, onnx.*, keras.*, npz.*, safetensors.*.
 */
export async function prepareExport({ format, document, weights, material, settings, dataset }: ExportRequest): Promise<PreparedExport> {
  const model = parsed(modelDocumentSchema, document);
  const training = parsed(trainingSettingsSchema, settings);
  // Its numbers come with the samples: without them the files would compute something else, and nothing would tell.
  const { normalization, augmentation, standardizeTargets } = training.preparation;
  const needsColours = format === 'pytorch' && augmentation.some(({ kind }) => augmentations.get(kind)?.needs === 'colours');
  if (material === null && (normalization !== 'none' || standardizeTargets || needsColours)) throw new ServiceError('export.statistics');
  const content: ExportContent = {
    document: model,
    weights: valueOf(matchWeights(model, weights.tensors)),
    metadata: weights.metadata,
    settings: training,
    dataset,
    material: material === null ? null : valueOf(decodeCheckMaterial(material)),
  };
  const files = valueOf(await exportFormats[format].write(content));
  return { files, check: await checkExport(format, files, content) };
}
