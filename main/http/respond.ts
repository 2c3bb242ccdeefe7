/**
 * Answers requests for the page's files, for data and for uploads, as Request → Response: the desktop's scheme and the
 * loopback server share it. It knows neither of them, and no path of the disk but the built page's.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { ByteServices, DataFile } from '../contract/services';
import { securityHeaders } from '../security/content-policy';
import { parseRange } from './byte-range';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

interface PageFile {
  readonly path: string;
  readonly mediaType: string;
}

/** The files of the built page by URL path. Only what is listed is ever served, so no path can climb out of the folder. */
export async function listPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const path = join(entry.parentPath, entry.name);
    const urlPath = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(urlPath, { path, mediaType: mediaTypes[extname(entry.name)] ?? 'application/octet-stream' });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

export interface Answering {
  readonly page: ReadonlyMap<string, PageFile>;
  readonly bytes: ByteServices;
}

export async function respond({ page, bytes }: Answering, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, room, token, name, ...rest] = pathname.split('/');
  if (room === 'data' && token !== undefined && name !== undefined && rest.length === 0) {
    return reads(request) ? sendData(await bytes.openData(token, decode(name)), request) : answer(405);
  }
  if (room === 'upload' && token !== undefined && name === undefined) {
    return request.method === 'PUT' ? receiveUpload(bytes, token, request) : answer(405);
  }
  const file = page.get(pathname);
  if (file === undefined) return answer(404);
  return reads(request) ? sendPageFile(file, request) : answer(405);
}

export function answer(
  status: number,
  headers: Record<string, string> = {},
  body: string | ReadableStream<Uint8Array> | null = null,
): Response {
  return new Response(body, { status, headers: { ...securityHeaders, 'cache-control': 'no-store', ...headers } });
}

export function answerJson(status: number, value: unknown): Response {
  return answer(status, { 'content-type': 'application/json' }, JSON.stringify(value));
}

const reads = (request: Request): boolean => request.method === 'GET' || request.method === 'HEAD';

/** A malformed escape names no file. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

async function sendPageFile({ path, mediaType }: PageFile, request: Request): Promise<Response> {
  const { size } = await stat(path);
  const headers = { 'content-type': mediaType, 'content-length': String(size) };
  return request.method === 'HEAD' ? answer(200, headers) : answer(200, headers, streamOf(createReadStream(path)));
}

function sendData(file: DataFile | null, request: Request): Response {
  if (file === null) return answer(404);
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  const range = parseRange(request.headers.get('range'), file.size);
  if (range === 'unsatisfiable') return answer(416, { ...headers, 'content-range': `bytes */${String(file.size)}` });
  const { start, end } = range === 'whole' ? { start: 0, end: file.size } : range;
  const length = { ...headers, 'content-length': String(end - start) };
  const partial = { ...length, 'content-range': `bytes ${String(start)}-${String(end - 1)}/${String(file.size)}` };
  const body = request.method === 'HEAD' || start === end ? null : streamOf(file.read(start, end));
  return range === 'whole' ? answer(200, length, body) : answer(206, partial, body);
}

async function receiveUpload(bytes: ByteServices, token: string, request: Request): Promise<Response> {
  const body: AsyncIterable<Uint8Array> = request.body ?? streamOf([]);
  const result = await bytes.receiveUpload(token, body);
  return answerJson(result.ok ? 200 : 400, result);
}

function streamOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}
