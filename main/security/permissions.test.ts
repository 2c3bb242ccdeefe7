import { describe, expect, it } from 'vitest';
import { isCameraRequest } from './permissions';

describe('the camera', () => {
  const own = 'hebb://app';
  it.each([
    ['media', ['video'], 'hebb://app/', true],
    ['media', ['audio'], 'hebb://app/', false],
    ['media', ['video', 'audio'], 'hebb://app/', false],
    ['media', [], 'hebb://app/', false],
    ['media', ['unknown'], 'hebb://app/', false],
    ['media', ['video'], 'hebb://other/', false],
    ['media', ['video'], 'https://app/', false],
    ['media', ['video'], '', false],
    ['geolocation', ['video'], 'hebb://app/', false],
  ])('of %s %j for %s: %s', (permission, types, url, expected) => {
    expect(isCameraRequest(permission, types, url, own)).toBe(expected);
  });
});
