import { describe, expect, it } from 'vitest';
import { refuse } from './gate';

const gate = { host: '127.0.0.1:4321', token: 'the-token' };
const origin = 'http://127.0.0.1:4321';

function decide(method: string, path: string, headers: Record<string, string>): string | null {
  return refuse(gate, { method, path, header: (name) => headers[name] });
}

describe('the gate of the loopback server', () => {
  it('lets the page and its own requests in', () => {
    expect(decide('GET', '/', { host: gate.host, 'sec-fetch-site': 'none' })).toBeNull();
    expect(decide('GET', '/assets/index.js', { host: gate.host, 'sec-fetch-site': 'same-origin' })).toBeNull();
    expect(decide('GET', '/data/token/name', { host: gate.host })).toBeNull();
    expect(decide('PUT', '/upload/token', { host: gate.host, origin })).toBeNull();
    expect(decide('POST', '/api/settings.read', { host: gate.host, origin, 'x-hebb-token': gate.token })).toBeNull();
  });

  it('refuses names that were made to resolve to this machine', () => {
    for (const host of ['evil.example:4321', 'localhost:4321', '127.0.0.1', '127.0.0.1:4322', '127.0.0.1:4321.evil.example', '']) {
      expect(decide('GET', '/', { host })).toBe('foreign-host');
    }
    expect(decide('GET', '/', {})).toBe('foreign-host');
  });

  it('refuses other origins, and writing without one', () => {
    for (const foreign of ['http://evil.example', 'http://127.0.0.1:4322', 'https://127.0.0.1:4321', 'null', '']) {
      expect(decide('POST', '/api/settings.read', { host: gate.host, origin: foreign, 'x-hebb-token': gate.token })).toBe('foreign-origin');
      expect(decide('GET', '/data/token/name', { host: gate.host, origin: foreign })).toBe('foreign-origin');
    }
    expect(decide('POST', '/api/settings.read', { host: gate.host, 'x-hebb-token': gate.token })).toBe('foreign-origin');
    expect(decide('PUT', '/upload/token', { host: gate.host })).toBe('foreign-origin');
  });

  it('refuses what another site makes the browser fetch', () => {
    for (const site of ['cross-site', 'same-site']) {
      expect(decide('GET', '/', { host: gate.host, 'sec-fetch-site': site })).toBe('foreign-origin');
    }
    expect(decide('POST', '/api/settings.read', { host: gate.host, origin, 'x-hebb-token': gate.token, 'sec-fetch-site': 'none' })).toBe(
      'foreign-origin',
    );
  });

  it('refuses calls without the token of this run', () => {
    for (const token of [undefined, '', 'the-toke', 'the-tokem', 'the-token ', 'THE-TOKEN']) {
      const headers = token === undefined ? { host: gate.host, origin } : { host: gate.host, origin, 'x-hebb-token': token };
      expect(decide('POST', '/api/settings.read', headers)).toBe('wrong-token');
    }
  });
});
