/**
 * Plain text, read in parts: decoded, cut into characters or words, counted into a vocabulary, and laid out as windows of
 * numbers for models of sequences. Joining the symbols of a text gives the text again, but for what the vocabulary leaves out.
 */
import { failure, ProblemError, success, type Outcome } from '../../compute/graph/problem';
import type { ByteSource } from './byte-source';
import { defineFormat } from './format';

export type TextUnit = 'characters' | 'words';
type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';

export interface TextOptions {
  readonly unit: TextUnit;
  readonly lowercase: boolean;
}

const partBytes = 1024 * 1024;
const headBytes = 65_536;
/** Different symbols that are counted; those first seen after that are unknown. */
const mostCounted = 1_000_000;
/** A word longer than this is cut. */
const longestWord = 200;

/** Stands for every symbol that the vocabulary leaves out. */
export const unknownSymbol = '�';
/** Stands behind the end of a text that is shorter than a sample. */
export const paddingSymbol = '\0';

/** Null for what is no text. */
function encodingOf(head: Uint8Array, whole: boolean): TextEncoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head.includes(0)) return null;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole });
    return 'utf-8';
  } catch {
    return 'latin1';
  }
}

/**
 * The text of a file part by part, line ends as \n, without the mark of its encoding (UTF-8, UTF-16 with a mark, else
 * Windows-1252). Throws a ProblemError: text.binary, text.encoding.
 */
export async function* readText(source: ByteSource): AsyncGenerator<string> {
  const head = await source.read(0, headBytes);
  const encoding = encodingOf(head, head.length >= source.size);
  const refuse = (code: string, offset: number): ProblemError =>
    new ProblemError({ code, values: { file: source.name, offset }, severity: 'error' });
  if (encoding === null) throw refuse('text.binary', head.indexOf(0));
  const label = { 'utf-8': 'utf-8', 'utf-16le': 'utf-16le', 'utf-16be': 'utf-16le', latin1: 'windows-1252' }[encoding];
  const decoder = new TextDecoder(label, { fatal: true });
  let heldReturn = '';
  for (let position = 0; position < source.size;) {
    const bytes = await source.read(position, position + partBytes);
    if (bytes.length === 0) break;
    const last = position + bytes.length >= source.size;
    let text: string;
    try {
      // Parts have an even length, so that no unit of 16 bits is cut.
      text = decoder.decode(encoding === 'utf-16be' ? Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16() : bytes, {
        stream: !last,
      });
    } catch {
      throw refuse('text.encoding', position);
    }
    position += bytes.length;
    if (encoding === 'utf-8' && text.includes('\0')) throw refuse('text.binary', position - bytes.length + bytes.indexOf(0));
    text = heldReturn + text;
    heldReturn = !last && text.endsWith('\r') ? '\r' : '';
    yield text.slice(0, text.length - heldReturn.length).replace(/\r\n?/g, '\n');
  }
}

/** A space belongs to the word behind it, as in the tokenizer of GPT-2 (Radford et al., 2019); other signs stand in runs. */
const wordPattern = / ?\p{L}[\p{L}\p{M}\p{N}'’]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s/gu;

/** Symbols of a file part by part; no symbol is cut by the parts. Throws as readText. */
export async function* readSymbols(source: ByteSource, { unit, lowercase }: TextOptions): AsyncGenerator<readonly string[]> {
  let held = '';
  for await (const part of readText(source)) {
    const text = held + (lowercase ? part.toLowerCase() : part);
    if (unit === 'characters') {
      // Half of a character of two units waits for the other.
      held = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : '';
      yield Array.from(text.slice(0, text.length - held.length));
    } else {
      const words: string[] = text.match(wordPattern) ?? [];
      // The last one may go on in the next part.
      held = words.pop() ?? '';
      if (held.length > longestWord) {
        words.push(held);
        held = '';
      }
      yield words.map((word) => word.slice(0, longestWord));
    }
  }
  if (held !== '') yield [held];
}

export interface Vocabulary {
  /** By number. The unknown symbol comes first where there is one, then the padding. */
  readonly symbols: readonly string[];
  /** The number of a symbol; that of the unknown one where it was left out. */
  readonly codeOf: (symbol: string) => number;
  /** Of all symbols counted, how many the vocabulary left out. */
  readonly leftOut: number;
}

/**
 * Counts symbols and makes a vocabulary of the `maximum` most frequent: characters in the order of their code, words in the
 * order of their frequency (ties by code). The unknown symbol is there only where something was left out.
 */
export function createVocabulary(unit: TextUnit): {
  readonly add: (symbols: readonly string[]) => void;
  readonly result: (maximum: number, padding: boolean) => Vocabulary;
} {
  const counts = new Map<string, number>();
  let uncounted = 0;
  const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    add: (symbols) => {
      for (const symbol of symbols) {
        const count = counts.get(symbol);
        if (count === undefined && counts.size >= mostCounted) uncounted++;
        else counts.set(symbol, (count ?? 0) + 1);
      }
    },
    result: (maximum, padding) => {
      const ordered = [...counts].sort(([a, countA], [b, countB]) => countB - countA || byCode(a, b));
      const room = Math.max(0, maximum - (padding ? 1 : 0));
      const isWhole = ordered.length <= room && uncounted === 0;
      const kept = ordered.slice(0, isWhole ? room : Math.max(0, room - 1)).map(([symbol]) => symbol);
      if (unit === 'characters') kept.sort(byCode);
      // A text may hold these signs itself; they then mean the same.
      const special = [...(isWhole ? [] : [unknownSymbol]), ...(padding ? [paddingSymbol] : [])];
      const symbols = [...special, ...kept.filter((symbol) => !special.includes(symbol))];
      const codes = new Map(symbols.map((symbol, code) => [symbol, code]));
      const keptCount = kept.reduce((sum, symbol) => sum + (counts.get(symbol) ?? 0), 0);
      const all = [...counts.values()].reduce((sum, count) => sum + count, uncounted);
      return { symbols, codeOf: (symbol) => codes.get(symbol) ?? 0, leftOut: all - keptCount };
    },
  };
}

export interface TextWindow {
  /** Place of its first symbol in the text, in symbols. */
  readonly start: number;
  /** `length` numbers of symbols. */
  readonly sample: Int32Array;
  /** Of each of them the number of the symbol behind it. */
  readonly labels: Int32Array;
}

/**
 * Lays windows of `length` symbols over a text that comes part by part, one every `stride` symbols, each labelled with the
 * symbols one place further on. A rest shorter than a window and its last label is left out.
 */
export function createWindows(length: number, stride: number): (codes: readonly number[]) => TextWindow[] {
  let held: number[] = [];
  /** Place of the first held symbol, and of the next window. */
  let [place, next] = [0, 0];
  return (codes) => {
    held = held.length === 0 ? [...codes] : held.concat(codes);
    const windows: TextWindow[] = [];
    for (; next - place + length < held.length; next += stride) {
      const from = next - place;
      windows.push({
        start: next,
        sample: Int32Array.from(held.slice(from, from + length)),
        labels: Int32Array.from(held.slice(from + 1, from + 1 + length)),
      });
    }
    const passed = Math.min(held.length, next - place);
    held = held.slice(passed);
    place += passed;
    return windows;
  };
}

/** The first `length` symbols of a text as numbers, filled up with the padding. Throws as readText. */
export async function readBeginning(
  source: ByteSource,
  options: TextOptions,
  vocabulary: Vocabulary,
  length: number,
): Promise<Outcome<Int32Array>> {
  const sample = new Int32Array(length).fill(vocabulary.codeOf(paddingSymbol));
  let filled = 0;
  for await (const symbols of readSymbols(source, options)) {
    for (const symbol of symbols.slice(0, length - filled)) sample[filled++] = vocabulary.codeOf(symbol);
    if (filled >= length) break;
  }
  return filled === 0 ? failure('text.empty', { file: source.name }) : success(sample);
}

export const format = defineFormat({
  name: 'text',
  label: 'Text',
  extensions: ['.txt', '.md', '.text'],
  probe: (head) => head.length > 0 && encodingOf(head, false) !== null,
});
