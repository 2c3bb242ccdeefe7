import { describe, expect, it } from 'vitest';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import { memorySource, type ByteSource } from './byte-source';
import {
  createVocabulary,
  createWindows,
  format,
  paddingSymbol,
  readBeginning,
  readSymbols,
  readText,
  unknownSymbol,
  type TextOptions,
} from './text.format';

const sourceOf = (content: string | Uint8Array): ByteSource =>
  memorySource('a.txt', typeof content === 'string' ? Buffer.from(content) : content);
/** A source that gives few bytes at a time, as a disk may. */
const inParts = (source: ByteSource, size: number): ByteSource => ({
  ...source,
  read: (start, end) => source.read(start, Math.min(end, start + size)),
});
const collect = async <Part>(parts: AsyncIterable<Part>): Promise<Part[]> => {
  const all: Part[] = [];
  for await (const part of parts) all.push(part);
  return all;
};
const textOf = async (source: ByteSource): Promise<string> => (await collect(readText(source))).join('');
const symbolsOf = async (source: ByteSource, options: TextOptions): Promise<string[]> =>
  (await collect(readSymbols(source, options))).flat();

const poem = 'Über allen Gipfeln\r\nist Ruh’, in allen\rWipfeln spürest du – kaum 1 Hauch! 😀\n';
const lines = poem.replace(/\r\n?/g, '\n');

describe('text', () => {
  it('is read in every encoding, in parts of any length', async () => {
    const units = Buffer.from(poem, 'utf16le');
    const files = [
      Buffer.from(poem),
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(poem)]),
      Buffer.concat([Buffer.from([0xff, 0xfe]), units]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(units).swap16()]),
    ];
    for (const bytes of files) {
      expect(await textOf(sourceOf(bytes))).toBe(lines);
      for (const size of [2, 6, 34]) expect(await textOf(inParts(sourceOf(bytes), size))).toBe(lines);
    }
    expect(await textOf(sourceOf(Buffer.from('Öl – nein: Äpfel', 'latin1')))).toBe('Öl \x13 nein: Äpfel');
  });

  it('is refused where it is none', async () => {
    await expect(textOf(sourceOf(Buffer.from('ab\0cd')))).rejects.toThrow(ProblemError);
    const late = Buffer.concat([Buffer.alloc(70_000, 'a'), Buffer.from([0xff, 0xfe])]);
    await expect(textOf(sourceOf(late))).rejects.toMatchObject({ problem: { code: 'text.encoding' } });
    expect([Buffer.from('words'), Buffer.from([1, 0, 2]), Buffer.alloc(0)].map(format.probe)).toEqual([true, false, false]);
  });
});

describe('symbols', () => {
  it('give the text again, whatever the parts', async () => {
    for (const unit of ['characters', 'words'] as const)
      for (const size of [4, 18, 1000]) {
        const symbols = await symbolsOf(inParts(sourceOf(poem), size), { unit, lowercase: false });
        expect(symbols.join('')).toBe(lines);
        expect(symbols).toEqual(await symbolsOf(sourceOf(poem), { unit, lowercase: false }));
      }
    expect(await symbolsOf(sourceOf(poem), { unit: 'words', lowercase: true })).toEqual(
      ['über', ' allen', ' gipfeln', '\n', 'ist', ' ruh’', ' ,']
        .slice(0, 6)
        .concat([',', ' in', ' allen', '\n', 'wipfeln', ' spürest', ' du', ' –', ' kaum', ' 1', ' hauch', '!', ' 😀', '\n']),
    );
    expect((await symbolsOf(sourceOf('a😀b'), { unit: 'characters', lowercase: false })).length).toBe(3);
  });
});

describe('a vocabulary', () => {
  it('is the most frequent words, with one symbol for all others', () => {
    const counter = createVocabulary('words');
    counter.add(['b', 'a', 'c', 'a', 'b', 'a', 'd']);
    const all = counter.result(10, false);
    expect(all.symbols).toEqual(['a', 'b', 'c', 'd']);
    expect(all.leftOut).toBe(0);
    const cut = counter.result(4, true);
    expect(cut.symbols).toEqual([unknownSymbol, paddingSymbol, 'a', 'b']);
    expect(['a', 'b', 'c', 'x'].map(cut.codeOf)).toEqual([2, 3, 0, 0]);
    expect(cut.leftOut).toBe(2);
  });

  it('is characters in the order of their code', () => {
    const counter = createVocabulary('characters');
    counter.add('hello world'.split(''));
    expect(counter.result(100, false).symbols.join('')).toBe(' dehlorw');
    expect(counter.result(4, false).symbols).toEqual([unknownSymbol, ' ', 'l', 'o']);
  });
});

describe('windows', () => {
  it('are labelled with what comes next, whatever the parts', () => {
    const codes = Array.from({ length: 23 }, (_, index) => index * 10);
    for (const [length, stride] of [
      [5, 2],
      [5, 5],
      [4, 9],
      [22, 1],
      [23, 1],
    ] as const) {
      const expected = [];
      for (let start = 0; start + length < codes.length; start += stride)
        expected.push({
          start,
          sample: Int32Array.from(codes.slice(start, start + length)),
          labels: Int32Array.from(codes.slice(start + 1, start + 1 + length)),
        });
      for (const part of [1, 3, 7, 23]) {
        const push = createWindows(length, stride);
        const windows = Array.from({ length: Math.ceil(codes.length / part) }, (_, index) =>
          push(codes.slice(index * part, (index + 1) * part)),
        ).flat();
        expect(windows, `${length} every ${stride} in parts of ${part}`).toEqual(expected);
      }
    }
  });

  it('of whole texts are their beginnings, filled up', async () => {
    const counter = createVocabulary('characters');
    counter.add('abc'.split(''));
    const vocabulary = counter.result(10, true);
    const options = { unit: 'characters', lowercase: false } as const;
    expect(unwrap(await readBeginning(sourceOf('cab'), options, vocabulary, 5))).toEqual(Int32Array.of(3, 1, 2, 0, 0));
    expect(unwrap(await readBeginning(sourceOf('cabcab'), options, vocabulary, 2))).toEqual(Int32Array.of(3, 1));
    expect(await readBeginning(sourceOf(''), options, vocabulary, 2)).toMatchObject({ problem: { code: 'text.empty' } });
  });
});
