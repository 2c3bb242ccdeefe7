/** safetensors files made by hand: a header of JSON, and bytes. */
import { ascii, malformed, type Malformed } from './malformed';

function file(header: string | Uint8Array, data = 0, length?: bigint): Buffer {
  const text = Buffer.from(header);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, Buffer.alloc(data)]);
}
const tensor = (begin: unknown, end: unknown, shape: unknown = [1], dtype: unknown = 'F32'): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
const one = (name: string, code: string, entry: string, data = 4): Malformed =>
  malformed(name, `safetensors.${code}`, file(`{"a":${entry}}`, data));

export const malformedSafetensors = (): readonly Malformed[] => [
  malformed('nothing', 'safetensors.truncated', []),
  malformed('seven bytes', 'safetensors.truncated', new Uint8Array(7)),
  malformed('no header', 'safetensors.header', file('')),
  malformed('a header longer than the file', 'safetensors.truncated', file('{}', 0, 3n)),
  malformed('a header longer than may be', 'safetensors.header-length', file('{}', 0, 100_000_001n)),
  malformed('a header longer than numbers count', 'safetensors.header-length', file('{}', 0, 2n ** 64n - 1n)),
  malformed('a header that is cut', 'safetensors.header', file('{"a":')),
  malformed('a list', 'safetensors.header', file('[]')),
  malformed('a space before the header', 'safetensors.header', file(' {}')),
  malformed('what is not UTF-8', 'safetensors.header', file(Uint8Array.of(0x7b, 0xff, 0x7d))),
  malformed('lists nested without end', 'safetensors.header', file('{"a":'.repeat(100_000))),
  malformed('a pickle', 'safetensors.header-length', [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8]),
  malformed('an archive', 'safetensors.header-length', ascii('PK\x03\x04'), new Uint8Array(40).fill(1)),
  malformed('metadata that is a list', 'safetensors.metadata', file('{"__metadata__":[]}')),
  malformed('metadata of numbers', 'safetensors.metadata', file('{"__metadata__":{"a":1}}')),
  one('an entry that is a number', 'entry', '1'),
  one('an entry that is null', 'entry', 'null'),
  one('no offsets', 'entry', '{"dtype":"F32","shape":[1]}'),
  one('three offsets', 'entry', '{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}'),
  one('a negative size', 'entry', tensor(0, 4, [-1])),
  one('a size that is a text', 'entry', tensor(0, 4, ['1'])),
  one('a size with a point', 'entry', tensor(0, 4, [1.5])),
  one('a shape that is a number', 'entry', tensor(0, 4, 1)),
  one('a negative offset', 'entry', tensor(-4, 0)),
  one('an offset past all numbers', 'entry', tensor(0, 2 ** 60)),
  one('an unknown type', 'type', tensor(0, 4, [1], 'F8_E5M2')),
  one('a type that is a number', 'type', tensor(0, 4, [1], 5)),
  one('a type that every object has', 'type', tensor(0, 4, [1], 'constructor')),
  one('data beyond the end', 'range', tensor(0, 400, [100])),
  one('an end before its beginning', 'range', tensor(4, 0)),
  one('fewer bytes than its shape', 'size', tensor(0, 4, [2])),
  one('more elements than numbers count', 'size', tensor(0, 4, [2 ** 52, 2 ** 52])),
  one('a hole at the beginning', 'gap', tensor(4, 8), 8),
  one('bytes of nothing at the end', 'gap', tensor(0, 4), 5),
  malformed('a name twice', 'safetensors.duplicate', file(`{"a":${tensor(0, 4)},"\\u0061":${tensor(4, 8)}}`, 8)),
  malformed('two tensors in one place', 'safetensors.overlap', file(`{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4)),
];
