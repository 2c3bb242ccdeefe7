/** Pictures and tables that the screen made, kept among the project's exports. */
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { readFile } from '../storage/file-system';
import type { Context } from './context';
import { freePath, writeChecked } from './export-files';
import { fileNameOf } from './project-file';
import type { Projects } from './projects';
import { ServiceError } from './service-error';
import type { Uploads } from './uploads';

/** Bytes; a chart of every step of a long training is a small part of it. */
const largest = 256 * 1024 * 1024;

export interface Pictures {
  save(request: ContractRequest<'pictures.save'>): Promise<ContractResponse<'pictures.save'>>;
}

export function createPictures(context: Context, projects: Projects, uploads: Uploads): Pictures {
  const { fileSystem } = context;
  return {
    save: async ({ project, upload, name, extension }) => {
      const folder = join(projects.folderOf(project), 'exports');
      try {
        const { path, size } = uploads.get(upload);
        if (size > largest) throw new ServiceError('upload.too-long', { maximum: largest, name });
        const bytes = await readFile(fileSystem, path, largest);
        if (bytes === null) throw new ServiceError('upload.missing');
        return await context.inTurn(`exports:${folder}`, async () => {
          await fileSystem.createFolder(folder);
          const location = await freePath(fileSystem, folder, fileNameOf(name), `.${extension}`);
          await writeChecked(fileSystem, location, bytes);
          return { location, bytes: bytes.length };
        });
      } finally {
        await uploads.discard(upload);
      }
    },
  };
}
