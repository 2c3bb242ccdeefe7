import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { unwrap } from '../../../compute/graph/problem';
import { isHdf5, readHdf5 } from './hdf5';

interface Written {
  readonly name: string;
  readonly file: string;
  readonly arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

const script = fileURLToPath(new URL('../testing/write-hdf5.py', import.meta.url));

const written = (() => {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-B', '-W', 'ignore', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly Written[];
})();

it.each(written.map((one) => [one.name, one] as const))(
  '%s: what h5py writes is read as h5py reads it',
  (_, { name, file, arrays, texts }) => {
    const bytes = Buffer.from(file, 'base64');
    expect(isHdf5(bytes)).toBe(true);
    const content = unwrap(readHdf5(bytes, name));
    expect(Object.fromEntries([...content.arrays].map(([path, { shape, data }]) => [path, { shape, values: [...data] }]))).toEqual(
      // The second name of an array is one of ours, too; h5py tells of the first alone.
      name.startsWith('groups')
        ? { ...arrays, alias: arrays['alias'] ?? arrays['layer 3/vars/0'], 'layer 3/vars/0': arrays['layer 3/vars/0'] ?? arrays['alias'] }
        : arrays,
    );
    expect(Object.fromEntries(content.texts)).toEqual(texts);
  },
);
