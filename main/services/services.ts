/**
 * Composes all services: an answer to every call of the contract, and the bytes that travel beside it. The shells carry
 * them; the command line calls the plain functions themselves.
 */
import { version } from '../../package.json';
import type { Services, ServiceCalls } from '../contract/services';
import type { ContractCall, ContractRequest, ContractResponse } from '../contract/contract';
import { removeOrphans } from '../storage/atomic';
import { nodeFileSystem, type FileSystem } from '../storage/file-system';
import { createCheckpoints } from './checkpoints';
import { createContext } from './context';
import { createDataFiles } from './data-files';
import { createDatasets } from './datasets';
import { createExports } from './exports';
import { listFolders } from './folders';
import { createJobs } from './jobs';
import { findPlaces, type Places } from './places';
import { createProjects } from './projects';
import { createRuns } from './runs';
import { settle } from './service-error';
import { readSettings, writeSettings } from './settings';
import { templates } from './templates';
import { createUploads, uploadArea, largestUpload } from './uploads';

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
  const datasets = createDatasets(context, jobs, uploads, dataFiles);
  const projects = createProjects(context);
  const runs = createRuns(context, projects, {
    hebb: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  });
  const checkpoints = createCheckpoints(context, projects, uploads, dataFiles);
  const exports = createExports(context, projects, uploads);
  for (const folder of [places.settings, places.projects, uploadArea(context)]) await removeOrphans(fileSystem, folder);

  const done = async (work: Promise<unknown>): Promise<null> => {
    await work;
    return null;
  };
  const answers: Answers = {
    'app.describe': () =>
      Promise.resolve({
        version,
        platform: process.platform,
        locale: Intl.DateTimeFormat().resolvedOptions().locale,
        projectsFolder: places.projects,
      }),
    'settings.read': () => readSettings(context),
    'settings.write': (changes) => done(writeSettings(context, changes)),
    'templates.list': () => Promise.resolve([...templates]),
    'projects.recent': () => projects.recent(),
    'projects.create': ({ name, content }) => projects.create(name, content),
    'projects.last': () => projects.last(),
    'projects.open': ({ token }) => projects.open(token),
    'projects.save': ({ token, content }) => projects.save(token, content),
    'projects.autosave': ({ token, content }) => done(projects.autosave(token, content)),
    'projects.saveAs': ({ token, folder, name, content }) => projects.saveAs(token, folder, name, content),
    'folders.list': ({ folder }) => listFolders(context, folder),
    'datasets.list': () => datasets.list(),
    'datasets.open': ({ id }) => datasets.open(id),
    'datasets.importIdx': ({ name, uploads: tokens, job }) => datasets.importIdx(name, tokens, job),
    'uploads.begin': ({ name, size }) => {
      const token = uploads.begin({ name, size: size ?? largestUpload, exact: size !== null });
      return Promise.resolve({ token, url: uploads.url(token) });
    },
    'jobs.read': ({ job }) => Promise.resolve(jobs.read(job)),
    'jobs.cancel': ({ job }) => {
      jobs.cancel(job);
      return Promise.resolve(null);
    },
    'runs.create': (request) => runs.create(request),
    'runs.append': (request) => done(runs.append(request)),
    'runs.finish': (request) => done(runs.finish(request)),
    'runs.list': ({ project }) => runs.list(project),
    'runs.read': ({ project, runId }) => runs.read(project, runId),
    'checkpoints.begin': (request) => checkpoints.begin(request),
    'checkpoints.commit': (request) => checkpoints.commit(request),
    'checkpoints.list': (request) => checkpoints.list(request),
    'checkpoints.pin': (request) => done(checkpoints.pin(request)),
    'checkpoints.open': (request) => checkpoints.open(request),
    'exports.write': (request) => exports.write(request),
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
    close: async () => {
      await context.idle();
      await projects.close();
      await uploads.close();
    },
  };
}
