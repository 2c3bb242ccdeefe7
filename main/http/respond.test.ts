import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentPolicy } from '../security/content-policy';
import { listPageFiles, respond, type Answering } from './respond';
import { memoryServices } from './testing/memory-services';

const services = memoryServices({});
let folder: string;
let answering: Answering;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-page-'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'worker.js'), 'export {};');
  await writeFile(join(folder, '.sources'), 'hidden');
  answering = { page: await listPageFiles(folder), bytes: services.bytes };
});

afterAll(() => rm(folder, { recursive: true }));

const ask = (path: string, init?: RequestInit): Promise<Response> => respond(answering, new Request(`hebb://app${path}`, init));

describe("answers on the desktop's own scheme", () => {
  it('are the files of the page, with the content policy', async () => {
    const answer = await ask('/');
    expect([answer.status, await answer.text()]).toEqual([200, 'the page']);
    expect(answer.headers.get('content-security-policy')).toBe(contentPolicy);
  });

  it('isolate page, workers and data from other origins, whatever the answer is', async () => {
    for (const path of ['/', '/worker.js', '/missing.js', `/data/${services.file.token}/a%20file.bin`, '/upload/a-token']) {
      const { headers } = await ask(path);
      const names = ['cross-origin-opener-policy', 'cross-origin-embedder-policy', 'cross-origin-resource-policy'];
      expect([path, ...names.map((name) => headers.get(name))]).toEqual([path, 'same-origin', 'require-corp', 'same-origin']);
    }
  });

  it('allow WebAssembly to be compiled, and no other code that was not served', () => {
    const scripts = contentPolicy.split('; ').filter((rule) => rule.startsWith('script-src'));
    expect(scripts).toEqual(["script-src 'self' 'wasm-unsafe-eval'"]);
    expect(contentPolicy.match(/unsafe/g)).toHaveLength(1);
  });

  it('are nothing outside it', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/.sources',
      '/missing.js',
      '/api/settings.read',
    ]) {
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    }
  });

  it('are the ranges of data that were asked for', async () => {
    const part = await ask(`/data/${services.file.token}/a%20file.bin`, { headers: { range: 'bytes=-3' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 997-999/1000']);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(services.file.bytes.slice(997));
  });

  it('take uploads whole', async () => {
    const answer = await ask('/upload/a-token', { method: 'PUT', body: services.file.bytes.slice() });
    expect(await answer.json()).toEqual({ ok: true, value: null });
    expect(services.uploads.get('a-token')?.length).toBe(1000);
  });
});
