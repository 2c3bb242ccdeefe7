import { describe, expect, it } from 'vitest';
import { isTrustedSender } from './sender';

const trusted = (url: string, parent: unknown = null): boolean => isTrustedSender({ url, parent }, 'hebb://app');

describe('the sender of a call', () => {
  it('is trusted when it is the top frame of the page', () => {
    expect(trusted('hebb://app/')).toBe(true);
    expect(trusted('hebb://app/index.html#train')).toBe(true);
  });

  it('is not trusted from anywhere else', () => {
    for (const url of [
      'hebb://other/',
      'hebb://app.evil/',
      'hebb://user@app/',
      'https://app/',
      'file:///app/',
      'about:blank',
      'data:text/html,x',
      '',
      'not a url',
    ]) {
      expect([url, trusted(url)]).toEqual([url, false]);
    }
  });

  it('is not trusted inside another frame, or when it is gone', () => {
    expect(trusted('hebb://app/', {})).toBe(false);
    expect(isTrustedSender(null, 'hebb://app')).toBe(false);
  });
});
