/** Services over a folder of their own, and small things to put into them, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelDocument } from '../../../compute/graph/model-document';
import { encodeSafetensors } from '../../../compute/graph/safetensors';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import type { ContractCall, ContractError, ContractRequest, ContractResponse, ProjectContent } from '../../contract/contract';
import type { Services } from '../../contract/services';
import { carryCall } from '../../contract/carry-call';
import type { FileSystem } from '../../storage/file-system';
import { findPlaces, type Places } from '../places';
import { createServices } from '../services';

export const placesIn = (home: string): Places => findPlaces({ environment: { HEBB_HOME: home }, platform: 'linux', home });

export interface Home {
  readonly folder: string;
  readonly places: Places;
  /** With the disk and the clock of the machine, unless others are given. */
  start(fileSystem?: FileSystem, now?: () => Date): Promise<Caller>;
  remove(): Promise<void>;
}

export interface Caller {
  readonly services: Services;
  /** Calls as a transport does, request and answer checked; throws a CallError for an error value. */
  call<Call extends ContractCall>(call: Call, request: ContractRequest<Call>): Promise<ContractResponse<Call>>;
  /** The error of a call that must fail. */
  refused<Call extends ContractCall>(call: Call, request: ContractRequest<Call>): Promise<ContractError>;
  /** PUTs bytes as the page does. */
  put(url: string, bytes: Uint8Array): Promise<void>;
  /** GETs bytes as the page does; null for 404. */
  get(url: string): Promise<Uint8Array | null>;
  /** Begins an upload, sends it, gives its token. */
  upload(name: string, bytes: Uint8Array): Promise<string>;
}

export class CallError extends Error {
  constructor(readonly error: ContractError) {
    super(`${error.code} ${JSON.stringify(error.values)} ${error.detail ?? ''}`);
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

export async function startServices(places: Places, fileSystem?: FileSystem, now?: () => Date): Promise<Caller> {
  const services = await createServices({ places, ...(fileSystem && { fileSystem }), ...(now && { now }) });
  const carry = async <Call extends ContractCall>(call: Call, request: ContractRequest<Call>): Promise<ContractResponse<Call>> => {
    const result = await carryCall(services.calls, call, request);
    if (!result.ok) throw new CallError(result.error);
    return result.value;
  };
  const put = async (url: string, bytes: Uint8Array): Promise<void> => {
    const result = await services.bytes.receiveUpload(url.replace('/upload/', ''), inPieces(bytes));
    if (!result.ok) throw new CallError(result.error);
  };
  return {
    services,
    call: carry,
    put,
    refused: async (call, request) => {
      const error: unknown = await carry(call, request).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (!(error instanceof CallError)) throw error instanceof Error ? error : new Error(`${call} was answered`);
      return error.error;
    },
    get: async (url) => {
      const [, , token = '', name = ''] = url.split('/');
      const file = await services.bytes.openData(token, decodeURIComponent(name));
      if (file === null) return null;
      const pieces: Uint8Array[] = [];
      for await (const piece of file.read(0, file.size)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    upload: async (name, bytes) => {
      const { token, url } = await carry('uploads.begin', { name, size: bytes.length });
      await put(url, bytes);
      return token;
    },
  };
}

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'hebb-home-'));
  const places = placesIn(folder);
  return {
    folder,
    places,
    start: (fileSystem, now) => startServices(places, fileSystem, now),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

type GivenFile = readonly [path: string, content: string | Uint8Array];

/** Files as the page bundles them. */
export function bundleOf(...files: readonly GivenFile[]): Uint8Array {
  return Buffer.concat(
    files.flatMap(([path, content]) => {
      const header = Buffer.from(JSON.stringify({ path, size: Buffer.byteLength(content) }));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(header.length);
      return [length, header, Buffer.from(content)];
    }),
  );
}

/** Imports files as they are proposed to be. */
export async function importFiles(
  caller: Caller,
  files: readonly GivenFile[],
  { name = 'Mine', job = 'import' } = {},
): Promise<ContractResponse<'imports.run'>> {
  const source = { from: 'bundle' as const, uploads: [await caller.upload('bundle', bundleOf(...files))], name };
  const { options } = await caller.call('imports.inspect', { source });
  return await caller.call('imports.run', { source, name, options, job });
}

/** Two dense layers on three numbers. */
export const smallDocument: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'Small',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [3] } },
    { id: 'hidden', kind: 'dense', version: 1, parameters: { units: 4 } },
    { id: 'relu', kind: 'relu', version: 1, parameters: {} },
    { id: 'output', kind: 'dense', version: 1, parameters: { units: 2, bias: false } },
  ],
  edges: [
    { from: 'input', to: 'hidden', port: 0 },
    { from: 'hidden', to: 'relu', port: 0 },
    { from: 'relu', to: 'output', port: 0 },
  ],
};

export const smallWeights = (): Uint8Array =>
  encodeSafetensors([
    { name: 'hidden.weight', shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, index) => index / 10) },
    { name: 'hidden.bias', shape: [4], data: Float32Array.of(1, -1, 0.5, 0) },
    { name: 'output.weight', shape: [2, 4], data: Float32Array.from({ length: 8 }, (_, index) => index - 4) },
  ]);

/** Changes with `mark`, so that versions can be told apart. */
export const smallContent = (mark = 0): ProjectContent => ({
  document: { ...smallDocument, name: `Small ${String(mark)}` },
  training: { ...defaultTrainingSettings, seed: mark },
  dataset: { id: 'mnist' },
  layout: { input: { x: 0, y: mark }, hidden: { x: 200, y: 0 } },
});
