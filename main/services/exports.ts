/** Exports: a network with weights as one file that other software reads. The file is read back and compared before it counts. */
import { join } from 'node:path';
import * as v from 'valibot';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { matchWeights } from '../formats/network-weights';
import { format as onnx } from '../formats/onnx.format';
import { format as safetensors, type SafetensorsContent } from '../formats/safetensors.format';
import { writeFile } from '../storage/atomic';
import { readFile, statusOrNull } from '../storage/file-system';
import type { Context } from './context';
import { readSource } from './datasets';
import { describeIssues } from './json-file';
import { fileNameOf } from './project-file';
import type { Projects } from './projects';
import { ServiceError, valueOf } from './service-error';
import type { Uploads } from './uploads';

export type ExportFormat = ContractRequest<'exports.write'>['format'];

/**
 * The bytes of the export, of a document and weights that fit together. Throws a ServiceError: project.invalid-content,
 * the first problem of the document, export.weight-*, onnx.*, safetensors.*.
 */
export function encodeExport(exportFormat: ExportFormat, document: unknown, { tensors, metadata }: SafetensorsContent): Uint8Array {
  const parsed = v.safeParse(modelDocumentSchema, document);
  if (!parsed.success) throw new ServiceError('project.invalid-content', { reason: describeIssues(parsed.issues) });
  const weights = valueOf(matchWeights(parsed.output, tensors));
  return valueOf(
    exportFormat === 'onnx' ? onnx.write({ document: parsed.output, weights }) : safetensors.write({ tensors: weights, metadata }),
  );
}

export interface Exports {
  write(request: ContractRequest<'exports.write'>): Promise<ContractResponse<'exports.write'>>;
}

const extensions = { onnx: onnx.extensions[0], safetensors: safetensors.extensions[0] } as const satisfies Record<ExportFormat, string>;

export function createExports(context: Context, projects: Projects, uploads: Uploads): Exports {
  const { fileSystem, paths } = context;

  const freePath = async (folder: string, name: string, extension: string): Promise<string> => {
    const base = fileNameOf(name.toLowerCase().endsWith(extension) ? name.slice(0, -extension.length) : name);
    for (let number = 1; ; number++) {
      const path = join(folder, `${base}${number === 1 ? '' : ` ${String(number)}`}${extension}`);
      if ((await statusOrNull(fileSystem, path)) === null) return path;
    }
  };

  return {
    write: async ({ project, format: exportFormat, document, weights, folder, name }) => {
      const projectFolder = projects.folderOf(project);
      const chosen = folder === null ? join(projectFolder, 'exports') : paths.find(folder);
      if (chosen === null) throw new ServiceError('folder.unknown');
      try {
        const content = valueOf(safetensors.read(await readSource(fileSystem, uploads.get(weights).path)));
        const bytes = encodeExport(exportFormat, document, content);
        return await context.inTurn(`exports:${chosen}`, async () => {
          await fileSystem.createFolder(chosen);
          const location = await freePath(chosen, name, extensions[exportFormat]);
          await writeFile(fileSystem, location, bytes);
          const written = await readFile(fileSystem, location);
          if (written === null || Buffer.compare(written, bytes) !== 0) throw new ServiceError('export.damaged', { location });
          return { location, bytes: bytes.length };
        });
      } finally {
        await uploads.discard(weights);
      }
    },
  };
}
