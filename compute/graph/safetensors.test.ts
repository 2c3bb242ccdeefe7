import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from './safetensors';

const entries: readonly SafetensorsEntry[] = [
  { name: 'dense1.weight', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, Number.NaN, Infinity, -0) },
  { name: 'step', shape: [], data: Int32Array.of(-7) },
  { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
  { name: 'wide', shape: [2], data: Float64Array.of(Math.PI, 1e300) },
];

/** A file with this header and this many bytes of data. */
function file(header: string, dataBytes: number, declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const codeOf = (bytes: Uint8Array): string => {
  const outcome = decodeSafetensors(bytes);
  return outcome.ok ? 'ok' : outcome.problem.code;
};

const tensor = (begin: number, end: number, size = (end - begin) / 4): string =>
  `{"dtype":"F32","shape":[${String(size)}],"data_offsets":[${String(begin)},${String(end)}]}`;

describe('safetensors', () => {
  it('gives back what it was given', () => {
    const outcome = decodeSafetensors(encodeSafetensors(entries, { made: 'by a test' }));
    if (!outcome.ok) throw new Error(outcome.problem.code);
    expect(outcome.value.metadata).toEqual({ made: 'by a test' });
    expect(new Map(outcome.value.tensors.map((entry) => [entry.name, entry]))).toEqual(
      new Map(entries.map((entry) => [entry.name, entry])),
    );
  });

  it('writes the same bytes whatever the order of the tensors', () => {
    expect(encodeSafetensors([...entries].reverse(), { b: '2', a: '1' })).toEqual(encodeSafetensors(entries, { a: '1', b: '2' }));
  });

  it('refuses to write a name twice or a shape that does not fit', () => {
    const one = { name: 'w', shape: [1], data: Float32Array.of(1) };
    expect(() => encodeSafetensors([one, one])).toThrow(RangeError);
    expect(() => encodeSafetensors([{ ...one, shape: [2] }])).toThrow(RangeError);
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'safetensors.truncated'],
    ['a header longer than the file', file('{}', 0, 3n), 'safetensors.truncated'],
    ['a header longer than memory', file('{}', 0, 0xffff_ffff_ffff_ffffn), 'safetensors.header-length'],
    ['a header that is no JSON', file('{"a":', 0), 'safetensors.header'],
    ['a header that is a list', file('[]', 0), 'safetensors.header'],
    ['a header that is not UTF-8', file('{}', 0).fill(0xff, 8), 'safetensors.header'],
    ['an entry that is no object', file('{"a":1}', 0), 'safetensors.entry'],
    ['a negative size', file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}', 0), 'safetensors.entry'],
    ['a type it does not know', file('{"a":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[0,1]}}', 1), 'safetensors.type'],
    [
      'a type named like a property of every object',
      file('{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}', 4),
      'safetensors.type',
    ],
    ['data beyond the end', file(`{"a":${tensor(0, 400)}}`, 4), 'safetensors.range'],
    ['an end before its beginning', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 4), 'safetensors.range'],
    ['a size other than its shape', file(`{"a":${tensor(0, 8, 3)}}`, 8), 'safetensors.size'],
    [
      'a shape past all numbers',
      file('{"a":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}', 4),
      'safetensors.size',
    ],
    ['tensors that overlap', file(`{"a":${tensor(0, 8)},"b":${tensor(4, 12)}}`, 12), 'safetensors.overlap'],
    ['a hole between tensors', file(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12), 'safetensors.gap'],
    ['data that belongs to nothing', file(`{"a":${tensor(0, 4)}}`, 8), 'safetensors.gap'],
    ['a name twice', file(`{"a":${tensor(0, 4)},"\\u0061":${tensor(4, 8)}}`, 8), 'safetensors.duplicate'],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}', 0), 'safetensors.metadata'],
  ])('says what is wrong with %s', (_name, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('reads a key inside a string as text', () => {
    expect(codeOf(file(`{"__metadata__":{"a":"\\"x\\":{"},"a":${tensor(0, 4)}}`, 4))).toBe('ok');
  });

  it('never throws on damaged bytes', () => {
    const whole = encodeSafetensors(entries);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        (length, changes) => {
          const bytes = whole.slice(0, length);
          for (const [index, value] of changes) bytes[index] = value;
          expect(typeof codeOf(bytes)).toBe('string');
        },
      ),
      { seed: 1 },
    );
  });

  it('reads the types of other writers as the next of ours', () => {
    const header =
      '{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]},"c":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}';
    const text = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + text.length + 16);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    // 1.5, the smallest positive half, −∞; −2.5 as the upper half of its 32 bits; −7.
    bytes.set([0x00, 0x3e, 0x01, 0x00, 0x00, 0xfc, 0x20, 0xc0, 0xf9, 255, 255, 255, 255, 255, 255, 255], 8 + text.length);
    const decoded = decodeSafetensors(bytes);
    expect(decoded.ok && decoded.value.tensors.map(({ data }) => Array.from(data))).toEqual([[1.5, 2 ** -24, -Infinity], [-2.5], [-7]]);
  });

  it('is read alike by numpy', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-safetensors-'));
    try {
      writeFileSync(join(folder, 'a.safetensors'), encodeSafetensors(entries, { made: 'by a test' }));
      const script = [
        'import json, struct, sys, numpy',
        "data = open(sys.argv[1], 'rb').read()",
        "length = struct.unpack('<Q', data[:8])[0]",
        'header = json.loads(data[8:8 + length])',
        "assert header.pop('__metadata__') == {'made': 'by a test'}",
        'body = data[8 + length:]',
        "kinds = {'F32': '<f4', 'F64': '<f8', 'I32': '<i4'}",
        "tensors = {name: numpy.frombuffer(body[slice(*entry['data_offsets'])], kinds[entry['dtype']]).reshape(entry['shape']) for name, entry in header.items()}",
        'print(json.dumps({name: [list(value.shape), [repr(float(item)) for item in value.ravel()]] for name, value in tensors.items()}))',
      ].join('\n');
      const read = JSON.parse(
        execFileSync('/usr/bin/python3', ['-c', script, join(folder, 'a.safetensors')], { encoding: 'utf8' }),
      ) as unknown;
      expect(read).toEqual({
        'dense1.weight': [
          [2, 3],
          ['1.0', '-2.0', '3.5', 'nan', 'inf', '-0.0'],
        ],
        step: [[], ['-7.0']],
        empty: [[0, 4], []],
        wide: [[2], ['3.141592653589793', '1e+300']],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
