import { describe, expect, it } from 'vitest';
import { pathFault } from './safe-path';

describe('paths of archives and bundles', () => {
  it.each([
    ['', 'empty'],
    ['..', 'parent'],
    ['../a', 'parent'],
    ['a/../../b', 'parent'],
    ['a/..', 'parent'],
    ['./a', 'parent'],
    ['a//b', 'parent'],
    ['a/', 'parent'],
    ['/etc/passwd', 'absolute'],
    ['//host/share/a', 'absolute'],
    ['C:/a', 'drive'],
    ['c:a', 'drive'],
    ['a:stream', 'drive'],
    ['a/b:$DATA', 'drive'],
    ['..\\a', 'backslash'],
    ['C:\\a', 'backslash'],
    ['\\\\host\\share', 'backslash'],
    ['\\\\?\\C:\\a', 'backslash'],
    ['con', 'device'],
    ['CON.png', 'device'],
    ['a/nul', 'device'],
    ['a/NUL.tar.gz', 'device'],
    ['aux/a.png', 'device'],
    ['prn .txt', 'device'],
    ['com1', 'device'],
    ['COM¹.txt', 'device'],
    ['lpt0', 'device'],
    ['conin$', 'device'],
    ['a.', 'ending'],
    ['a /b', 'ending'],
    ['a/b ', 'ending'],
    ['a\0.png', 'characters'],
    ['a\nb', 'characters'],
    ['a\rb', 'characters'],
    ['a\tb', 'characters'],
    ['a\u007f', 'characters'],
    ['a\u0085b', 'characters'],
    ['evil\u202egnp.exe', 'characters'],
    ['a\u2066b', 'characters'],
    ['a\u200bb', 'characters'],
    ['\ufeffa', 'characters'],
    ['a\u2028b', 'characters'],
    ['half \ud83d', 'characters'],
    ['x'.repeat(1025), 'long'],
    [`${'a/'.repeat(32)}b`, 'deep'],
  ])('%j: %s', (path, fault) => {
    expect(pathFault(path)).toBe(fault);
  });

  it.each([
    'a',
    'a.png',
    'class 1/Größe 😀.png',
    'console.txt',
    'a..b',
    '...a',
    'com10.png',
    'nullable',
    'é',
    'e\u0301',
    '日本語/ß',
    'x'.repeat(1024),
  ])('%j stays below its folder', (path) => {
    expect(pathFault(path)).toBeNull();
  });
});
