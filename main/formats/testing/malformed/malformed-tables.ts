/** Rows of a table that do not fit, and files that are no table: each with the problem and the line that a report must name. */
import type { CsvOptions } from '../../csv/dialect';

interface WrongRow {
  readonly name: string;
  /** The third line of a table whose columns are a number, a category and a yes or no; one sound row stands before and one behind it. */
  readonly row: string | Uint8Array;
  readonly code: string;
}

const wrong = (name: string, row: string | Uint8Array, code: string): WrongRow => ({ name, row, code });
const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

export const wrongRowOptions: CsvOptions = {
  ...{ encoding: 'utf-8', header: true, delimiter: ',', quote: '"' },
  kinds: { a: 'numeric', b: 'categorical', c: 'boolean' },
};

export const wrongRows: readonly WrongRow[] = [
  wrong('one field', '2', 'csv.fields'),
  wrong('two fields', '2,y', 'csv.fields'),
  wrong('four fields', '2,y,no,z', 'csv.fields'),
  wrong('a delimiter at its end', '2,y,no,', 'csv.fields'),
  wrong('a delimiter at its beginning', ',2,y,no', 'csv.fields'),
  wrong('another delimiter', '2;y;no', 'csv.fields'),
  wrong('another delimiter in part', '2,y;no', 'csv.fields'),
  wrong('tabs', '2\ty\tno', 'csv.fields'),
  wrong('delimiters alone', ',,,', 'csv.fields'),
  wrong('ten thousand fields', '1,'.repeat(9_999) + '1', 'csv.fields'),
  wrong('all of it in quotes', '"2,y,no"', 'csv.fields'),
  wrong('a word for a number', 'two,y,no', 'csv.not-a-number'),
  wrong('a number with a unit', '2 kg,y,no', 'csv.not-a-number'),
  wrong('a number of two points', '2.0.1,y,no', 'csv.not-a-number'),
  wrong('two signs', '--2,y,no', 'csv.not-a-number'),
  wrong('an exponent without digits', '2e,y,no', 'csv.not-a-number'),
  wrong('hexadecimal digits', '0xz1,y,no', 'csv.not-a-number'),
  wrong('a date', '2024-01-31,y,no', 'csv.not-a-number'),
  wrong('a time', '12:30,y,no', 'csv.not-a-number'),
  wrong('a decimal comma in quotes', '"2,5",y,no', 'csv.not-a-number'),
  wrong('a formula', '=1+1,y,no', 'csv.not-a-number'),
  wrong('a path', '../../etc/passwd,y,no', 'csv.not-a-number'),
  wrong('a thousand digits and a letter', `${'9'.repeat(1000)}x,y,no`, 'csv.not-a-number'),
  wrong('letters for digits', 'l0O,y,no', 'csv.not-a-number'),
  wrong('neither yes nor no', '2,y,maybe', 'csv.not-a-boolean'),
  wrong('a number that is neither', '2,y,17', 'csv.not-a-boolean'),
  wrong('yes and no', '2,y,yes no', 'csv.not-a-boolean'),
  wrong('a category longer than any', `2,${'y'.repeat(20_000)},no`, 'csv.category-too-long'),
  wrong('a byte that begins nothing', bytes('2,y', [0xff], ',no'), 'csv.encoding'),
  wrong('a character cut short', bytes('2,y', [0xe2, 0x82], ',no'), 'csv.encoding'),
  wrong('a character in too many bytes', bytes('2,y', [0xc0, 0xaf], ',no'), 'csv.encoding'),
  wrong('half a pair', bytes('2,y', [0xed, 0xa0, 0x80], ',no'), 'csv.encoding'),
];

interface WrongText {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: string;
}

const text = (name: string, content: Uint8Array, code: string): WrongText => ({ name, bytes: content, code });
const late = 'a'.repeat(70_000);
/** What UTF-8 does not allow, by the Unicode Standard, table 3-7. */
const noCharacters: readonly (readonly [string, readonly number[]])[] = [
  ['a byte of 0xff', [0xff]],
  ['a byte of 0xfe', [0xfe]],
  ['a byte that goes on with nothing', [0x80]],
  ['two such', [0xbf, 0x80]],
  ['two bytes for one', [0xc0, 0xaf]],
  ['two bytes for one, the highest', [0xc1, 0xbf]],
  ['three bytes for two', [0xe0, 0x80, 0xaf]],
  ['four bytes for three', [0xf0, 0x80, 0x80, 0xaf]],
  ['the first half of a pair', [0xed, 0xa0, 0x80]],
  ['the second half of a pair', [0xed, 0xbf, 0xbf]],
  ['past the last character', [0xf4, 0x90, 0x80, 0x80]],
  ['a first byte past the last', [0xf5, 0x80, 0x80, 0x80]],
  ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ['six bytes', [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
  ['a second byte that is a letter', [0xc3, 0x28]],
  ['a third byte that is a letter', [0xe2, 0x82, 0x28]],
  ['a fourth byte that is a letter', [0xf0, 0x9f, 0x98, 0x28]],
  ['one byte of two', [0xc3]],
  ['two bytes of three', [0xe2, 0x82]],
  ['three bytes of four', [0xf0, 0x9f, 0x98]],
];

export const wrongTexts: readonly WrongText[] = [
  ...noCharacters.map(([name, bad]) => text(`${name}, late in the file`, bytes(late, bad, 'b'), 'text.encoding')),
  ...noCharacters.slice(-3).map(([name, bad]) => text(`${name}, at its end`, bytes(late, bad), 'text.encoding')),
  text('one zero', bytes([0]), 'text.binary'),
  text('zeros', new Uint8Array(1000), 'text.binary'),
  text('a zero among letters', bytes('ab', [0], 'cd'), 'text.binary'),
  text('a zero at the end', bytes('abcd', [0]), 'text.binary'),
  text('UTF-16 without its mark', Buffer.from('words', 'utf16le'), 'text.binary'),
  text('UTF-32 without its mark', bytes([0x61, 0, 0, 0, 0x62, 0, 0, 0]), 'text.binary'),
  text('the beginning of a PNG file', bytes([0x89], 'PNG\r\n', [0x1a, 0x0a, 0, 0, 0, 13]), 'text.binary'),
  text('the beginning of a ZIP file', bytes('PK', [3, 4, 0, 0]), 'text.binary'),
];
