import { describe, expect, it } from 'vitest';
import { isOwnAddress } from './network';

describe('addresses of the desktop shell', () => {
  it('are its own scheme and what the page holds itself', () => {
    for (const url of [
      'hebb://app/',
      'hebb://app/data/token/name',
      'blob:hebb://app/1234',
      'data:image/png;base64,',
      'devtools://devtools/bundled/inspector.html',
    ]) {
      expect([url, isOwnAddress(url)]).toEqual([url, true]);
    }
  });

  it('are none of the network or the disk', () => {
    for (const url of [
      'http://127.0.0.1/',
      'https://example.org/',
      'ws://127.0.0.1/',
      'file:///etc/passwd',
      'ftp://example.org/',
      'chrome://gpu',
      '',
      'hebb',
    ]) {
      expect([url, isOwnAddress(url)]).toEqual([url, false]);
    }
  });
});
