import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../compute/graph/problem';
import { memorySource } from './byte-source';
import { fromHalf, toHalf } from './npy/half';
import { openNpy, readNpy, writeNpy } from './npy.format';
import { openNpz, readNpz, writeNpz } from './npz.format';
import { numericTypes, type NumericArray, type NumericType } from './numeric-array';

const wholeTypes: Readonly<Record<NumericType, readonly number[]>> = {
  bool: [0, 1, 1, 0, 1, 0],
  u8: [0, 1, 127, 128, 254, 255],
  u16: [0, 1, 255, 256, 65_534, 65_535],
  u32: [0, 1, 65_536, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1],
  u64: [0, 1, 2 ** 32, 2 ** 40 + 3, 2 ** 53 - 2, 2 ** 53 - 1],
  i8: [0, 1, -1, -128, 127, 5],
  i16: [0, -1, 256, -32_768, 32_767, 7],
  i32: [0, -1, 65_536, -(2 ** 31), 2 ** 31 - 1, 9],
  i64: [0, -1, 2 ** 40 + 3, -(2 ** 53) + 1, 2 ** 53 - 1, 11],
  f16: [0, -1.5, 65_504, 2 ** -24, 0.0999755859375, -Infinity],
  f32: [0, -1.5, Math.fround(0.1), 3.4028234663852886e38, 2 ** -149, -Infinity],
  f64: [0, -1.5, 0.1, 1.7976931348623157e308, 5e-324, Infinity],
};
const typeNames = Object.keys(wholeTypes) as NumericType[];
const arrayOf = (type: NumericType, shape: readonly number[] = [2, 3]): NumericArray => {
  const data = numericTypes[type].create(6);
  data.set(wholeTypes[type]);
  return { shape, type, data };
};

/** Writes arrays with numpy in all types, orders and versions; then tells what numpy reads of the files that were written here. */
const python = `
import json, sys
import numpy as np
from numpy.lib import format
folder = sys.argv[1]
given = json.load(open(folder + '/values.json'))
names = {'bool': 'b1', 'u8': 'u1', 'u16': 'u2', 'u32': 'u4', 'u64': 'u8', 'i8': 'i1', 'i16': 'i2', 'i32': 'i4', 'i64': 'i8', 'f16': 'f2', 'f32': 'f4', 'f64': 'f8'}
for name, code in names.items():
    values = np.array([float(v) for v in given[name]] if name[0] == 'f' else given[name]).astype(code).reshape(2, 3)
    for order in '<>':
        for layout in 'CF':
            with open('%s/%s%s%s.npy' % (folder, name, 'LB'[order == '>'], layout), 'wb') as file:
                format.write_array(file, np.asarray(values.astype(order + code), order=layout), version=((1, 0), (2, 0), (3, 0))[len(name) % 3])
deep = np.arange(2 * 3 * 4 * 5, dtype='i4').reshape(2, 3, 4, 5)
np.save(folder + '/deepC.npy', deep); np.save(folder + '/deepF.npy', np.asfortranarray(deep))
np.save(folder + '/number.npy', np.array(2.5)); np.save(folder + '/empty.npy', np.zeros((0, 3), 'f4'))
np.save(folder + '/objects.npy', np.array([{}, 'x'], dtype=object), allow_pickle=True)
np.save(folder + '/record.npy', np.zeros(3, dtype=[('a', 'f4'), ('b', 'i4')]))
np.save(folder + '/text.npy', np.array(['one', 'two'])); np.save(folder + '/complex.npy', np.zeros(3, 'c8'))
np.save(folder + '/wide.npy', np.array([1, 2**53 + 1]))
np.savez(folder + '/saved.npz', deep, labels=np.arange(4), **{'layer/weight': np.ones((2, 2), 'f4')})
np.savez_compressed(folder + '/packed.npz', x=np.zeros((100, 100)), y=np.array([1, 2, 3], 'u1'))
np.savez(folder + '/objects.npz', x=np.array([None]))
out = {}
for name in names:
    read = np.load(folder + '/written-' + name + '.npy')
    out[name] = [str(read.dtype), list(read.shape), [str(v) for v in read.astype('f8' if name[0] == 'f' else 'O').ravel().tolist()]]
with np.load(folder + '/written.npz') as archive:
    out['npz'] = {key: [str(archive[key].dtype), list(archive[key].shape), archive[key].astype('f8').ravel().tolist()] for key in archive.files}
halves = np.arange(65536, dtype='u2')
halves.view('f2').astype('f4').tofile(folder + '/halves.f32')
floats = np.random.default_rng(1).integers(0, 2**32, 200000, dtype='u4').view('f4')
floats = np.concatenate([floats, (np.random.default_rng(2).normal(size=100000) * 10.0 ** np.random.default_rng(3).integers(-9, 6, 100000)).astype('f4')])
floats.tofile(folder + '/floats.f32'); floats.astype('f2').view('u2').tofile(folder + '/rounded.u16')
json.dump(out, open(folder + '/read.json', 'w'))
`;

let folder = '';
const fileOf = (name: string): Buffer => readFileSync(join(folder, name));
const npz = new Map<string, NumericArray>([
  ['features.0.weight', { shape: [2, 3], type: 'f32', data: Float32Array.of(0.5, -1, 2 ** -149, 3, 4, 1e30) }],
  ['steps', arrayOf('i64', [6])],
  ['inner/scale', { shape: [], type: 'f64', data: Float64Array.of(0.1) }],
]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hebb-npy-'));
  writeFileSync(
    join(folder, 'values.json'),
    JSON.stringify(wholeTypes, (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)),
  );
  for (const type of typeNames) writeFileSync(join(folder, `written-${type}.npy`), writeNpy(arrayOf(type)));
  writeFileSync(join(folder, 'written.npz'), unwrap(writeNpz(npz)));
  const run = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', python, folder], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('files written by numpy', () => {
  it('are read in every type, byte order, order of axes and version', async () => {
    for (const type of typeNames)
      for (const variant of ['LC', 'LF', 'BC', 'BF']) {
        const name = `${type}${variant}.npy`;
        const bytes = fileOf(name);
        const array = unwrap(readNpy(bytes, name));
        expect(array, name).toMatchObject({ shape: [2, 3], type });
        expect([...array.data], name).toEqual(wholeTypes[type]);
        const open = unwrap(await openNpy(memorySource(name, bytes)));
        expect([...unwrap(await open.readRows(1, 5))], name).toEqual(wholeTypes[type].slice(3));
      }
  });

  it('are read row by row along the first axis, whatever their order', async () => {
    for (const name of ['deepC.npy', 'deepF.npy']) {
      expect([...unwrap(readNpy(fileOf(name))).data]).toEqual(Array.from({ length: 120 }, (_, index) => index));
      const open = unwrap(await openNpy(memorySource(name, fileOf(name))));
      expect(open).toMatchObject({ shape: [2, 3, 4, 5], fortranOrder: name === 'deepF.npy' });
      expect([...unwrap(await open.readRows(0, 1))]).toEqual(Array.from({ length: 60 }, (_, index) => index));
    }
    expect(unwrap(readNpy(fileOf('number.npy')))).toMatchObject({ shape: [], data: Float64Array.of(2.5) });
    expect(unwrap(readNpy(fileOf('empty.npy')))).toMatchObject({ shape: [0, 3], data: new Float32Array(0) });
  });

  it.each([
    ['objects.npy', 'npy.objects'],
    ['record.npy', 'npy.structured'],
    ['text.npy', 'npy.type'],
    ['complex.npy', 'npy.type'],
    ['wide.npy', 'npy.integer'],
  ])('%s is refused', (name, code) => {
    expect(readNpy(fileOf(name), name)).toMatchObject({ ok: false, problem: { code, values: { file: name } } });
  });
});

describe('archives written by numpy', () => {
  const sourceOf = (name: string): ReturnType<typeof memorySource> => memorySource(name, fileOf(name));

  it('are read with the names of their arrays, stored and packed', async () => {
    const saved = unwrap(await readNpz(sourceOf('saved.npz')));
    expect([...saved.keys()].sort()).toEqual(['arr_0', 'labels', 'layer/weight']);
    expect(saved.get('labels')).toEqual({ shape: [4], type: 'i64', data: Float64Array.of(0, 1, 2, 3) });
    const packed = unwrap(await openNpz(sourceOf('packed.npz')));
    expect(packed.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(unwrap(await unwrap(await packed[1]!.open()).readRows(1, 9))).toEqual(Uint8Array.of(2, 3));
    expect(unwrap(await readNpz(memorySource('own', unwrap(writeNpz(npz)))))).toEqual(npz);
  });

  it('are refused by the array that is none, and where there is none', async () => {
    expect(await readNpz(sourceOf('objects.npz'))).toMatchObject({ problem: { code: 'npy.objects', values: { file: 'objects.npz/x' } } });
    expect(await openNpz(memorySource('empty', unwrap(writeNpz(new Map()))))).toMatchObject({ problem: { code: 'npz.empty' } });
    expect(await openNpz(memorySource('text', Buffer.from('no archive at all, only text')))).toMatchObject({ ok: false });
  });
});

describe('files written here', () => {
  it('are read by numpy', () => {
    const { npz: archive, ...arrays } = JSON.parse(fileOf('read.json').toString()) as Record<string, [string, number[], string[]]> & {
      npz: Record<string, [string, number[], number[]]>;
    };
    const names: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float', b: 'bool' };
    for (const type of typeNames) {
      const [read, shape, values] = arrays[type]!;
      expect(read).toBe(type === 'bool' ? 'bool' : `${names[type[0]!] ?? ''}${type.slice(1)}`);
      expect(shape).toEqual([2, 3]);
      expect(values.map((value) => Number(value === 'True' ? 1 : value === 'False' ? 0 : value.replace('inf', 'Infinity')))).toEqual(
        wholeTypes[type],
      );
    }
    expect(archive).toMatchObject({ steps: ['int64', [6], wholeTypes.i64], 'inner/scale': ['float64', [], [0.1]] });
    expect(Object.keys(archive)).toEqual([...npz.keys()]);
  });

  it('are read again as they were, and the same each time', () => {
    for (const type of typeNames) expect(unwrap(readNpy(writeNpy(arrayOf(type))))).toEqual(arrayOf(type));
    expect(unwrap(writeNpz(npz))).toEqual(unwrap(writeNpz(npz)));
    expect(() => writeNpy({ ...arrayOf('f32'), shape: [4] })).toThrow(RangeError);
  });
});

describe('halves', () => {
  it('are those of numpy, all 65,536 of them and 300,000 rounded', () => {
    const expected = new Float32Array(Uint8Array.from(fileOf('halves.f32')).buffer);
    for (let half = 0; half < 65_536; half++)
      if (!Object.is(fromHalf(half), expected[half])) expect.fail(`${half}: ${fromHalf(half)} instead of ${String(expected[half])}`);
    const floats = new Float32Array(Uint8Array.from(fileOf('floats.f32')).buffer);
    const rounded = new Uint16Array(Uint8Array.from(fileOf('rounded.u16')).buffer);
    floats.forEach((value, index) => {
      const half = toHalf(value);
      if (Number.isNaN(value) ? !Number.isNaN(fromHalf(half)) : half !== rounded[index])
        expect.fail(`${value}: ${half}, numpy ${String(rounded[index])}`);
    });
  });
});

const headerFile = (text: string, body = Buffer.alloc(24), version = 1): Buffer => {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([version, 0]), length, Buffer.from(text, 'latin1'), body]);
};
const dictionary = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const good = headerFile(dictionary("'<f4'", '(2, 3)'));

const malformed: readonly (readonly [name: string, bytes: Buffer, code: string])[] = [
  ['nothing', Buffer.alloc(0), 'npy.truncated'],
  ['another magic', Buffer.from('\x93NUMPI\x01\0\x10\0', 'latin1'), 'npy.magic'],
  ['a zip archive', Buffer.from('PK\x03\x04aaaaaaaaaa'), 'npy.magic'],
  ['a pickle', Buffer.from([0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 'npy.magic'],
  ['version 0', headerFile('{}', Buffer.alloc(0), 0), 'npy.version'],
  ['version 4', headerFile('{}', Buffer.alloc(0), 4), 'npy.version'],
  ['a header of a gigabyte', Buffer.from('\x93NUMPY\x02\0\0\0\0\x40', 'latin1'), 'npy.header'],
  ['a header that is not there', Buffer.from('\x93NUMPY\x01\0\x40\0', 'latin1'), 'npy.truncated'],
  ['an empty header', headerFile(''), 'npy.header'],
  ['no dictionary', headerFile("('<f4', False, (2, 3))"), 'npy.header'],
  ['code', headerFile("{'descr': __import__('os'), 'fortran_order': False, 'shape': (2, 3)}"), 'npy.header'],
  ['a key too many', headerFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}"), 'npy.header'],
  ['a key twice', headerFile("{'descr': '<f4', 'descr': '<f4', 'shape': (2, 3)}"), 'npy.header'],
  ['a key too few', headerFile("{'descr': '<f4', 'shape': (2, 3)}"), 'npy.header'],
  ['an order that is a number', headerFile(dictionary("'<f4'", '(2, 3)', '1')), 'npy.header'],
  ['a shape that is a number', headerFile(dictionary("'<f4'", '6')), 'npy.header'],
  ['a negative size', headerFile(dictionary("'<f4'", '(2, -3)')), 'npy.header'],
  ['a size with a point', headerFile(dictionary("'<f4'", '(2.5, 3)')), 'npy.header'],
  ['a size as text', headerFile(dictionary("'<f4'", "('2', 3)")), 'npy.header'],
  ['33 axes', headerFile(dictionary("'<f4'", `(${'1, '.repeat(33)})`)), 'npy.header'],
  ['nested without end', headerFile(dictionary("'<f4'", '('.repeat(5000))), 'npy.header'],
  ['lists in lists', headerFile(dictionary("'<f4'", '[[[[[[[[[[2]]]]]]]]]]')), 'npy.header'],
  ['an unclosed string', headerFile("{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3)}"), 'npy.header'],
  ['two literals', headerFile(`${dictionary("'<f4'", '(2, 3)')}{}`), 'npy.header'],
  ['more elements than numbers count', headerFile(dictionary("'<f8'", `(${'9007199254740991, '.repeat(32)})`)), 'npy.too-large'],
  ['2⁴⁰ elements', headerFile(dictionary("'<u1'", '(1099511627776,)')), 'npy.too-large'],
  ['a billion elements in a few bytes', headerFile(dictionary("'<f8'", '(1000000000,)')), 'npy.truncated'],
  ['an element too few', good.subarray(0, -1), 'npy.truncated'],
  ['a byte too many', Buffer.concat([good, Buffer.alloc(1)]), 'npy.trailing-bytes'],
  ['objects', headerFile(dictionary("'|O'", '(3,)')), 'npy.objects'],
  ['objects of eight bytes', headerFile(dictionary("'O8'", '(3,)')), 'npy.objects'],
  ['times', headerFile(dictionary("'<M8[ns]'", '(3,)')), 'npy.type'],
  ['numbers of 16 bytes', headerFile(dictionary("'<f16'", '(1,)')), 'npy.type'],
  ['a type of another name', headerFile(dictionary("'constructor'", '(3,)')), 'npy.type'],
  ['records', headerFile(dictionary("[('a', '<f4')]", '(3,)')), 'npy.structured'],
];

describe('malformed files', () => {
  it('are refused, each with its code, as a whole and as a source', async () => {
    expect(malformed.length).toBeGreaterThanOrEqual(30);
    for (const [name, bytes, code] of malformed) {
      expect(readNpy(bytes), name).toMatchObject({ ok: false, problem: { code } });
      expect(await openNpy(memorySource('x', bytes)), name).toMatchObject({ ok: false, problem: { code } });
    }
  });

  it('are truncated at every prefix', () => {
    for (let length = 0; length < good.length; length++)
      expect(readNpy(good.subarray(0, length)), `prefix of ${length}`).toMatchObject({ problem: { code: 'npy.truncated' } });
    expect(readNpy(good).ok).toBe(true);
  });
});
