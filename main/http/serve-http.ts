/**
 * Carries the contract, the page and its data over HTTP on the loopback address. It knows no service by name.
 *
 *   POST /api/<call>   JSON request → envelope (header x-hebb-token)
 *   GET  /data/<token>/<name>, PUT /upload/<token>, GET /…   as respond.ts has them
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { carryCall, isContractCall, refusal } from '../contract/carry-call';
import type { Services } from '../contract/services';
import { refuse, type Gate } from './gate';
import { answer, answerJson, listPageFiles, respond } from './respond';

/** A call is a few MB at most; bytes travel as uploads, whose size the service limits. */
const callLimit = 16 * 1024 * 1024;

export interface LoopbackServer {
  /** What to open: the token stands in its fragment. */
  readonly address: string;
  readonly origin: string;
  readonly token: string;
  readonly close: () => Promise<void>;
}

export interface LoopbackOptions {
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly services: Services;
}

/** Rejects with the system's error if the port is taken. */
export async function serveHttp({ pageFolder, port, services }: LoopbackOptions): Promise<LoopbackServer> {
  const page = await listPageFiles(pageFolder);
  const token = randomBytes(32).toString('base64url');
  let gate: Gate | null = null;

  const handle = async (incoming: IncomingMessage): Promise<Response> => {
    const path = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    if (gate === null || !path.startsWith('/')) return answer(400);
    const refused = refuse(gate, { method, path, header: (name) => headerOf(incoming, name) });
    if (refused === 'wrong-token') return answerJson(401, refusal('contract.wrong-token'));
    if (refused !== null) return answerJson(403, refusal('contract.refused', {}, refused));
    if (path.startsWith('/api/')) return answerCall(services, path.slice('/api/'.length), incoming);
    return respond({ page, bytes: services.bytes }, asRequest(incoming, `http://${gate.host}${path}`));
  };

  const server = createServer((incoming, outgoing) => {
    void handle(incoming)
      .catch((error: unknown) => answerJson(500, refusal('contract.unexpected', { call: incoming.url ?? '' }, String(error))))
      .then((response) => send(response, incoming, outgoing));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A TCP server that listens has an AddressInfo; strings are for pipes.
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  gate = { host, token };
  const origin = `http://${host}`;
  return {
    address: `${origin}/#token=${token}`,
    origin,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function answerCall(services: Services, call: string, incoming: IncomingMessage): Promise<Response> {
  if (!isContractCall(call)) return answerJson(404, refusal('contract.unknown-call', { call }));
  if (incoming.method !== 'POST') return answer(405, { allow: 'POST' });
  if (headerOf(incoming, 'content-type')?.split(';')[0]?.trim() !== 'application/json') return answer(415);
  const text = await readLimited(incoming, callLimit);
  if (text === null) return answerJson(413, refusal('contract.too-large', { limit: callLimit / 1024 / 1024 }));
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    return answerJson(400, refusal('contract.invalid-request', { call }, 'not JSON'));
  }
  return answerJson(200, await carryCall(services.calls, call, request));
}

/** Null if there is more than `limit` bytes; reads no further than that. */
async function readLimited(incoming: IncomingMessage, limit: number): Promise<string | null> {
  if (Number(headerOf(incoming, 'content-length') ?? 0) > limit) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of piecesOf(incoming)) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whoever stops reading early leaves the connection whole, so that the answer still arrives. */
function piecesOf(incoming: IncomingMessage): AsyncIterable<Buffer> {
  // Without an encoding set, an IncomingMessage yields buffers.
  return incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

function asRequest(incoming: IncomingMessage, url: string): Request {
  const method = incoming.method ?? 'GET';
  const range = headerOf(incoming, 'range');
  const headers = range === undefined ? {} : { range };
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  const body = ReadableStream.from<Uint8Array>(piecesOf(incoming));
  return new Request(url, { method, headers, body, duplex: 'half' });
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  try {
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
    // What was refused unread still has to pass; requestTimeout of the server bounds it.
    if (!incoming.complete) incoming.resume();
  } catch {
    // The other side went away, or the file broke off: all that is left is to close the connection.
    outgoing.destroy();
  }
}
