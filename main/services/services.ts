/**
 * Composes all services: an answer to every call of the contract, and the bytes that travel beside it. The shells carry
 * them; the command line calls the plain functions themselves.
 */
import { version } from '../../package.json';
import type { Services, ServiceCalls } from '../contract/services';
import type { ContractCall, ContractRequest, ContractResponse } from '../contract/contract';
import { removeOrphans } from '../storage/atomic';
import { nodeFileSystem, type FileSystem } from '../storage/file-system';
import { done } from './answers/answers-of';
import { appAnswers } from './answers/app';
import { checkpointAnswers } from './answers/checkpoints';
import { datasetEditAnswers } from './answers/dataset-edits';
import { datasetAnswers } from './answers/datasets';
import { exportAnswers } from './answers/exports';
import { importAnswers } from './answers/imports';
import { modelAnswers } from './answers/models';
import { pictureAnswers } from './answers/pictures';
import { projectAnswers } from './answers/projects';
import { runAnswers } from './answers/runs';
import { sweepAnswers } from './answers/sweeps';
import { transferAnswers } from './answers/transfers';
import { createCheckpoints } from './checkpoints';
import { createContext } from './context';
import { createDataFiles } from './data-files';
import { createDatasetAppend } from './dataset-append';
import { createDatasetEdits } from './dataset-edits';
import { createDatasetTrash } from './dataset-trash';
import { createDatasets } from './datasets';
import { createExports } from './exports';
import { createModels } from './models';
import { createImports } from './imports';
import { createJobs } from './jobs';
import { findPlaces, type Places } from './places';
import { createPictures } from './pictures';
import { createProjects } from './projects';
import { createRunExports } from './run-exports';
import { createRuns } from './runs';
import { settle } from './service-error';
import { createSweeps } from './sweeps';
import { createUploads, uploadArea } from './uploads';

export { hebbHome } from './places';

export interface ServiceOptions {
  readonly places?: Places;
  readonly fileSystem?: FileSystem;
  readonly now?: () => Date;
}

/** Answers that throw a ServiceError for what can be foreseen. */
type Answers = { readonly [Call in ContractCall]: (request: ContractRequest<Call>) => Promise<ContractResponse<Call>> };

const settled =
  <Request, Response>(answer: (request: Request) => Promise<Response>) =>
  (request: Request) =>
    settle(() => answer(request));

export async function createServices({
  places = findPlaces(),
  fileSystem = nodeFileSystem,
  now = () => new Date(),
}: ServiceOptions = {}): Promise<Services> {
  const context = createContext(fileSystem, places, now);
  const jobs = createJobs();
  const uploads = createUploads(context);
  const dataFiles = createDataFiles(context);
  const datasets = createDatasets(context, jobs, dataFiles);
  const trash = createDatasetTrash(context, datasets);
  const projects = createProjects(context);
  const runs = createRuns(context, projects, {
    hebb: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  });
  const checkpoints = createCheckpoints(context, projects, uploads, dataFiles);
  const exports = createExports(context, projects, uploads);
  for (const folder of [places.settings, places.projects, uploadArea(context)]) await removeOrphans(fileSystem, folder);

  // Nothing to tell a person of, and next time is early enough.
  await trash.empty().catch(() => undefined);

  const answers: Answers = {
    ...appAnswers(context),
    ...projectAnswers(context, projects),
    ...datasetAnswers(datasets),
    ...datasetEditAnswers(createDatasetEdits(context, datasets, jobs), trash, createDatasetAppend(context, datasets, uploads)),
    ...importAnswers(createImports(context, jobs, uploads)),
    ...transferAnswers(uploads, jobs),
    ...runAnswers(runs, createRunExports(context, projects)),
    ...checkpointAnswers(checkpoints),
    ...exportAnswers(exports),
    ...sweepAnswers(createSweeps(context, projects)),
    ...modelAnswers(createModels(context, jobs, projects, uploads, dataFiles)),
    ...pictureAnswers(createPictures(context, projects, uploads)),
  };

  return {
    // Each entry keeps its key, so the requests and responses keep theirs; Object.entries cannot say so.
    calls: Object.fromEntries(
      Object.entries(answers).map(([call, answer]) => [call, settled(answer as (request: unknown) => Promise<unknown>)]),
    ) as unknown as ServiceCalls,
    bytes: {
      openData: (token, name) => dataFiles.open(token, name),
      receiveUpload: (token, bytes) => settle(() => done(uploads.receive(token, bytes))),
    },
    giveFiles: (paths) => context.given.issue(paths),
    close: async () => {
      await context.idle();
      await projects.close();
      await uploads.close();
    },
  };
}
