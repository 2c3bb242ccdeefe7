/**
 * Who may talk to the loopback server: a pure decision on a request's method, path and headers.
 *
 * Other pages in the same browser, and names that were made to resolve to 127.0.0.1, are kept out by Host, Origin and
 * Sec-Fetch-Site; other programs of this machine by the token, which the page gets in the fragment of its address (a
 * fragment is never sent) and returns as `x-hebb-token`. Data and uploads are named by unguessable tokens of their own.
 */
import { timingSafeEqual } from 'node:crypto';

export interface RequestLine {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
}

export interface Gate {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly token: string;
}

export type Refusal = 'foreign-host' | 'foreign-origin' | 'wrong-token';

/** Null lets the request in. */
export function refuse(gate: Gate, request: RequestLine): Refusal | null {
  if (request.header('host') !== gate.host) return 'foreign-host';
  const origin = request.header('origin');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (origin === undefined ? !reads : origin !== `http://${gate.host}`) return 'foreign-origin';
  const site = request.header('sec-fetch-site');
  // `none` is an address that a person opened; such a request can only be for the page.
  const opensPage = reads && site === 'none';
  if (site !== undefined && site !== 'same-origin' && !opensPage) return 'foreign-origin';
  if (request.path.startsWith('/api/') && !equal(request.header('x-hebb-token') ?? '', gate.token)) return 'wrong-token';
  return null;
}

/** Takes the same time wherever the two differ. */
function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
