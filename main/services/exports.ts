/** Exports: a network with weights as files that other software reads, checked by an independent runtime before they are written. */
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { format as safetensors } from '../formats/safetensors.format';
import type { Context } from './context';
import { openDataset, readSource } from './datasets';
import { exportFormats } from './export/export-formats';
import { prepareExport } from './export/prepare-export';
import { projectDatasetOf } from './export/project-dataset';
import { isTaken, writeExportFile, writeExportFolder } from './export/write-export';
import { noProgress } from './jobs';
import { fileNameOf } from './project-file';
import type { Projects } from './projects';
import { ServiceError, valueOf } from './service-error';
import type { Uploads } from './uploads';

export interface Exports {
  write(request: ContractRequest<'exports.write'>): Promise<ContractResponse<'exports.write'>>;
}

export function createExports(context: Context, projects: Projects, uploads: Uploads): Exports {
  const { fileSystem, paths } = context;

  const freePath = async (folder: string, name: string, extension: string): Promise<string> => {
    const hasExtension = extension !== '' && name.toLowerCase().endsWith(extension);
    const base = fileNameOf(hasExtension ? name.slice(0, -extension.length) : name);
    for (let number = 1; ; number++) {
      const path = join(folder, `${base}${number === 1 ? '' : ` ${String(number)}`}${extension}`);
      if (!(await isTaken(fileSystem, path))) return path;
    }
  };

  return {
    write: async ({ project, format, document, weights, material, settings, dataset: id, withData, folder, name }) => {
      const projectFolder = projects.folderOf(project);
      const chosen = folder === null ? join(projectFolder, 'exports') : paths.find(folder);
      if (chosen === null) throw new ServiceError('folder.unknown');
      try {
        const read = (token: string): Promise<Uint8Array> => readSource(fileSystem, uploads.get(token).path);
        const content = valueOf(safetensors.read(await read(weights)));
        const dataset =
          id === null
            ? null
            : await openDataset(context, id, noProgress).catch((error: unknown) => {
                // Others only tell of it.
                if (format === 'pytorch') throw error;
                return null;
              });
        const told = dataset === null ? null : projectDatasetOf(dataset.manifest);
        const { files, check } = await prepareExport({
          format,
          document,
          weights: content,
          material: material === null ? null : await read(material),
          settings,
          dataset: told,
        });
        return await context.inTurn(`exports:${chosen}`, async () => {
          await fileSystem.createFolder(chosen);
          const { extension } = exportFormats[format];
          const location = await freePath(chosen, name, extension);
          const bytes =
            extension === ''
              ? await writeExportFolder(fileSystem, location, files, withData && format === 'pytorch' ? dataset : null)
              : await writeExportFile(fileSystem, location, files);
          return { location, bytes, check, columns: [...(told?.columns ?? [])] };
        });
      } finally {
        await uploads.discard(weights);
        if (material !== null) await uploads.discard(material);
      }
    },
  };
}
