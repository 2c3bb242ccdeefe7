import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentPolicy } from '../security/content-policy';
import { serveHttp, type LoopbackServer } from './serve-http';
import { memoryServices } from './testing/memory-services';

const described = { theme: 'dark', size: 3 };
const services = memoryServices({
  'settings.read': () => described,
  'projects.recent': () => 'not a list',
  'templates.list': () => {
    throw new Error('a bug');
  },
});

let folder: string;
let server: LoopbackServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-http-'));
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  await writeFile(join(folder, 'page/index.html'), '<!doctype html><title>Hebb</title>');
  await writeFile(join(folder, 'page/assets/index.js'), 'export {};');
  await writeFile(join(folder, 'page/.sources'), 'hidden');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  server = await serveHttp({ pageFolder: join(folder, 'page'), port: 0, services });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Unlike fetch, sends Host, Origin and the path as they are given. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.origin);
    const outgoing = httpRequest({ hostname, port, method, path, headers }, (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(pieces) });
      });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    // Two writes are sent chunked if the headers say so; one write at the end would be measured first.
    if (body !== undefined && 'transfer-encoding' in headers) outgoing.write(body);
    outgoing.end('transfer-encoding' in headers ? undefined : body);
  });
}

const own = (): Record<string, string> => ({ origin: server.origin, 'x-hebb-token': server.token, 'content-type': 'application/json' });
const call = async (name: string, request: unknown, headers = own()): Promise<{ status: number; result: unknown }> => {
  const { status, body } = await ask('POST', `/api/${name}`, headers, JSON.stringify(request));
  return { status, result: body.length === 0 ? null : JSON.parse(body.toString('utf8')) };
};

describe('the loopback server', () => {
  it('listens on the loopback address alone and gives its token in the fragment', () => {
    expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[A-Za-z0-9_-]{43}$/);
  });

  it('serves the page with the content policy', async () => {
    for (const path of ['/', '/index.html', '/assets/index.js', '/?a=b']) {
      const { status, headers } = await ask('GET', path);
      expect(status).toBe(200);
      expect(headers['content-security-policy']).toBe(contentPolicy);
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
    expect((await ask('GET', '/')).body.toString('utf8')).toContain('<title>Hebb</title>');
    expect((await ask('GET', '/assets/index.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask('HEAD', '/')).body.length).toBe(0);
  });

  it('serves nothing outside the page, by no way of writing the path', async () => {
    const paths = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
      '/assets/..\\..\\secret.txt',
      '//secret.txt',
      '/.sources',
      '/assets',
      '/%00',
    ];
    for (const path of paths) {
      const { status, body } = await ask('GET', path);
      expect([path, status]).toEqual([path, 404]);
      expect(body.toString('utf8')).not.toContain('secret');
    }
  });

  it('refuses a request line that is not a path', async () => {
    const { port } = new URL(server.origin);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      });
      socket.once('data', (data) => {
        resolve(data.toString('utf8'));
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('answers calls of its page', async () => {
    expect(await call('settings.read', null)).toEqual({ status: 200, result: { ok: true, value: described } });
  });

  it('refuses strangers', async () => {
    expect(await call('settings.read', null, { ...own(), origin: 'http://evil.example' })).toMatchObject({
      status: 403,
      result: { ok: false, error: { code: 'contract.refused' } },
    });
    expect(await call('settings.read', null, { ...own(), host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await call('settings.read', null, { ...own(), 'x-hebb-token': 'wrong' })).toMatchObject({
      status: 401,
      result: { ok: false, error: { code: 'contract.wrong-token' } },
    });
    expect((await ask('GET', '/', { host: 'evil.example' })).status).toBe(403);
  });

  it('answers malformed calls with error values', async () => {
    expect(await call('settings.read', 'anything')).toMatchObject({
      status: 200,
      result: { ok: false, error: { code: 'contract.invalid-request' } },
    });
    expect(await call('projects.recent', null)).toMatchObject({
      status: 200,
      result: { ok: false, error: { code: 'contract.invalid-response' } },
    });
    expect(await call('templates.list', null)).toMatchObject({
      status: 200,
      result: { ok: false, error: { code: 'contract.unexpected' } },
    });
    for (const unknown of ['nothing', 'toString', '__proto__', '']) {
      expect(await call(unknown, null)).toMatchObject({ status: 404, result: { ok: false, error: { code: 'contract.unknown-call' } } });
    }
    expect((await ask('POST', '/api/settings.read', own(), '{')).status).toBe(400);
    expect((await ask('POST', '/api/settings.read', { ...own(), 'content-type': 'text/plain' }, 'null')).status).toBe(415);
    expect((await ask('GET', '/api/settings.read', own())).status).toBe(405);
    expect((await ask('POST', '/', own())).status).toBe(405);
  });

  it('reads no more of a call than it accepts, announced or not', async () => {
    const large = Buffer.alloc(17 * 1024 * 1024, 0x20);
    expect((await ask('POST', '/api/settings.read', own(), large)).status).toBe(413);
    // Chunked: the size shows only while it comes.
    expect((await ask('POST', '/api/settings.read', { ...own(), 'transfer-encoding': 'chunked' }, large)).status).toBe(413);
    expect((await call('settings.read', null)).status).toBe(200);
  });

  it('hands out data in whole and in ranges', async () => {
    const path = `/data/${services.file.token}/a%20file.bin`;
    const whole = await ask('GET', path);
    expect(whole.status).toBe(200);
    expect(whole.headers['accept-ranges']).toBe('bytes');
    expect(whole.headers['content-length']).toBe('1000');
    expect(new Uint8Array(whole.body)).toEqual(services.file.bytes);

    const part = await ask('GET', path, { range: 'bytes=100-299' });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe('bytes 100-299/1000');
    expect(new Uint8Array(part.body)).toEqual(services.file.bytes.slice(100, 300));

    const beyond = await ask('GET', path, { range: 'bytes=1000-' });
    expect([beyond.status, beyond.headers['content-range'], beyond.body.length]).toEqual([416, 'bytes */1000', 0]);
    expect((await ask('HEAD', path)).headers['content-length']).toBe('1000');
  });

  it('hands out nothing for names it never gave', async () => {
    for (const path of [
      '/data/data-token/other',
      '/data/other/a%20file.bin',
      '/data/data-token/..%2fa',
      '/data/data-token/%E0%A4%A',
      '/data/data-token',
      '/data/a/b/c',
    ]) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 404]);
    }
    expect((await ask('PUT', '/data/data-token/a%20file.bin', own(), 'x')).status).toBe(405);
  });

  it('takes uploads, and passes on that one is refused', async () => {
    const bytes = Buffer.from(services.file.bytes);
    expect((await ask('PUT', '/upload/upload-token', { origin: server.origin }, bytes)).status).toBe(200);
    expect(Buffer.compare(Buffer.from(services.uploads.get('upload-token') ?? []), bytes)).toBe(0);

    expect((await ask('PUT', '/upload/empty', { origin: server.origin })).status).toBe(200);
    expect(services.uploads.get('empty')?.length).toBe(0);

    const refused = await ask('PUT', '/upload/large', { origin: server.origin }, Buffer.alloc(1_000_001));
    expect([refused.status, JSON.parse(refused.body.toString('utf8'))]).toMatchObject([
      400,
      { ok: false, error: { code: 'upload.too-large' } },
    ]);
    expect(services.uploads.has('large')).toBe(false);

    expect((await ask('GET', '/upload/upload-token')).status).toBe(405);
    expect((await ask('PUT', '/upload/stranger', { origin: 'http://evil.example' }, bytes)).status).toBe(403);
    expect(services.uploads.has('stranger')).toBe(false);
  });

  it('says when its port is taken', async () => {
    const port = Number(new URL(server.origin).port);
    await expect(serveHttp({ pageFolder: join(folder, 'page'), port, services })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
