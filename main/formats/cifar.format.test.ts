import { describe, expect, it } from 'vitest';
import { unwrap } from '../../compute/graph/problem';
import { memorySource } from './byte-source';
import { cifarNamesLevel, format, isCifarTest, openCifar, readCifarNames } from './cifar.format';

const pixels = (record: number): Uint8Array => Uint8Array.from({ length: 3072 }, (_, index) => (index * 7 + record) % 256);
const file = (count: number, labels: (record: number) => readonly number[]): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, record) => Buffer.concat([Uint8Array.from(labels(record)), pixels(record)])));
const ten = file(7, (record) => [record % 10]);
const hundred = file(5, (record) => [record % 20, 95 + record]);

describe('CIFAR', () => {
  it('is records of a label, or two, and an image', async () => {
    const small = unwrap(openCifar(memorySource('cifar-10-batches-bin/data_batch_1.bin', ten)));
    expect(small).toMatchObject({ variant: 'cifar-10', count: 7 });
    const read = unwrap(await small.readRecords(5, 100));
    expect(read).toEqual({ fine: Uint8Array.of(5, 6), coarse: new Uint8Array(0), samples: Uint8Array.of(...pixels(5), ...pixels(6)) });
    const large = unwrap(openCifar(memorySource('train.bin', hundred)));
    expect(large).toMatchObject({ variant: 'cifar-100', count: 5 });
    expect(unwrap(await large.readRecords(1, 2))).toMatchObject({ coarse: Uint8Array.of(1, 2), fine: Uint8Array.of(96, 97) });
  });

  it('is told by name where the length fits both', () => {
    const both = { ...memorySource('', new Uint8Array(0)), size: 3073 * 3074 };
    expect(openCifar({ ...both, name: 'a/train.bin' })).toMatchObject({ value: { variant: 'cifar-100', count: 3073 } });
    expect(openCifar({ ...both, name: 'a/test_batch.bin' })).toMatchObject({ value: { variant: 'cifar-10', count: 3074 } });
  });

  it('has its names beside it, and its test samples in files of their own', () => {
    expect(readCifarNames('airplane\r\nautomobile\n\n  bird\n')).toEqual(['airplane', 'automobile', 'bird']);
    expect(['x/batches.meta.txt', 'fine_label_names.txt', 'coarse_label_names.txt', 'readme.html'].map(cifarNamesLevel)).toEqual([
      'fine',
      'fine',
      'coarse',
      null,
    ]);
    expect(['x/test_batch.bin', 'test.bin', 'data_batch_3.bin', 'train.bin'].map(isCifarTest)).toEqual([true, true, false, false]);
    expect([ten, hundred].map((bytes) => format.probe(bytes.subarray(0, 300)))).toEqual([true, true]);
    expect([Buffer.from('PK\x03\x04'), Buffer.alloc(0)].map(format.probe)).toEqual([false, false]);
  });

  it('is refused where length or labels do not fit', async () => {
    expect(openCifar(memorySource('a', new Uint8Array(0)))).toMatchObject({ problem: { code: 'cifar.empty' } });
    for (let length = 1; length < ten.length; length += 13)
      if (length % 3073 !== 0)
        expect(openCifar(memorySource('a', ten.subarray(0, length)))).toMatchObject({ problem: { code: 'cifar.length' } });
    const wrong = Uint8Array.from(ten);
    wrong[3 * 3073] = 10;
    const open = unwrap(openCifar(memorySource('a', wrong)));
    expect((await open.readRecords(0, 3)).ok).toBe(true);
    expect(await open.readRecords(2, 3)).toMatchObject({
      problem: { code: 'cifar.label', values: { offset: 3 * 3073, actual: 10, maximum: 9 } },
    });
  });
});
