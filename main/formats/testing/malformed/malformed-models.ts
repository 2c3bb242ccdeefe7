/** Files of Keras and TensorFlow.js that were changed: HDF5 as h5py writes it, archives, and JSON. */
import { zipSync } from 'fflate';
import { ascii, changed, malformed, spliced, type Malformed } from './malformed';

const damaged = 'model.damaged';
const unreadable = 'model.unreadable';

/** `old` is of HDF5 1.8, with groups of the old kind; `recent` of the latest, with an array in one piece. Offsets are where HDF5 has them. */
export function malformedHdf5(old: Buffer, recent: Buffer): readonly Malformed[] {
  const wrong = (name: string, file: Buffer, change: (copy: Buffer) => unknown, code = damaged): Malformed =>
    malformed(name, code, changed(file, change));
  /** Where a signature stands. */
  const at = (file: Buffer, signature: string): number => {
    const place = file.indexOf(signature, 0, 'latin1');
    if (place === -1) throw new Error(`the sample has no ${signature}`);
    return place;
  };
  const root = Number(recent.readBigUInt64LE(36));
  return [
    malformed('the signature alone', damaged, recent.subarray(0, 8)),
    malformed('half a superblock', damaged, recent.subarray(0, 30)),
    malformed('half the file', damaged, recent.subarray(0, recent.length / 2)),
    malformed('one byte missing', damaged, recent.subarray(0, -1)),
    malformed('an old file cut short', damaged, old.subarray(0, -1)),
    malformed('no HDF5', damaged, ascii('this is no HDF5 file, but a text')),
    malformed('something before it', damaged, [0], recent),
    malformed('a page before it', damaged, new Uint8Array(512), recent),
    wrong('version 9', recent, (copy) => copy.writeUInt8(9, 8)),
    wrong('offsets of four bytes', recent, (copy) => copy.writeUInt8(4, 9)),
    wrong('lengths of sixteen bytes', recent, (copy) => copy.writeUInt8(16, 10)),
    wrong('a file within another', recent, (copy) => copy.writeBigUInt64LE(512n, 12)),
    wrong('an end of four billion bytes', recent, (copy) => copy.writeBigUInt64LE(2n ** 32n, 28)),
    wrong('no root', recent, (copy) => copy.fill(0xff, 36, 44)),
    wrong('a root behind the end', recent, (copy) => copy.writeBigUInt64LE(2n ** 40n, 36)),
    wrong('a root past all numbers', recent, (copy) => copy.writeBigUInt64LE(2n ** 63n, 36)),
    wrong('a root that is the superblock', recent, (copy) => copy.writeBigUInt64LE(0n, 36)),
    wrong('a root without its signature', recent, (copy) => copy.write('XXXX', root, 'latin1')),
    wrong('a root of another version', recent, (copy) => copy.writeUInt8(7, root + 4)),
    wrong('a message longer than its header', recent, (copy) =>
      copy.writeUInt16LE(0xffff, recent.indexOf('OHDR', 0, 'latin1') + 4 + 2 + 16 + 2),
    ),
    wrong('zeros behind the superblock', recent, (copy) => copy.fill(0, 48)),
    wrong('ones behind the superblock', recent, (copy) => copy.fill(0xff, 48)),
    wrong('a version 2 root in an old file', old, (copy) => copy.write('OHDR', Number(old.readBigUInt64LE(64)), 'latin1')),
    wrong('a tree without its signature', old, (copy) => copy.write('XXXX', at(old, 'TREE'), 'latin1')),
    wrong('a tree of chunks for names', old, (copy) => copy.writeUInt8(1, at(old, 'TREE') + 4)),
    wrong('a tree two hundred levels deep', old, (copy) => copy.writeUInt8(200, at(old, 'TREE') + 5)),
    wrong('a tree of 65535 branches', old, (copy) => copy.writeUInt16LE(0xffff, at(old, 'TREE') + 6)),
    wrong('a tree that is its own branch', old, (copy) => {
      const tree = at(old, 'TREE');
      copy.writeUInt8(1, tree + 5);
      copy.writeBigUInt64LE(BigInt(tree), tree + 32);
    }),
    wrong('a heap without its signature', old, (copy) => copy.write('XXXX', at(old, 'HEAP'), 'latin1')),
    wrong('a heap of names past the end', old, (copy) => copy.writeBigUInt64LE(2n ** 31n, at(old, 'HEAP') + 8)),
    wrong('a heap of names elsewhere', old, (copy) => copy.writeBigUInt64LE(2n ** 31n, at(old, 'HEAP') + 24)),
    wrong('names without their signature', old, (copy) => copy.write('XXXX', at(old, 'SNOD'), 'latin1')),
    wrong('65535 names', old, (copy) => copy.writeUInt16LE(0xffff, at(old, 'SNOD') + 6)),
    wrong('a name outside of its heap', old, (copy) => copy.writeBigUInt64LE(2n ** 20n, at(old, 'SNOD') + 8)),
    wrong('an object behind the end', old, (copy) => copy.writeBigUInt64LE(2n ** 40n, at(old, 'SNOD') + 16)),
    wrong('texts without their signature', old, (copy) => copy.write('XXXX', at(old, 'GCOL'), 'latin1')),
    wrong('texts past the end', old, (copy) => copy.writeBigUInt64LE(2n ** 40n, at(old, 'GCOL') + 8)),
    wrong('a model that is no JSON', old, (copy) => copy.write('[', at(old, '{"class_name"'), 'latin1'), unreadable),
  ];
}

interface Parts {
  readonly config: Uint8Array;
  readonly weights: Uint8Array;
}

export function malformedKeras({ config, weights }: Parts, hdf5: readonly Malformed[]): readonly Malformed[] {
  const archive = (files: Readonly<Record<string, Uint8Array>>): Buffer => Buffer.from(zipSync(files, { level: 0 }));
  const whole = archive({ 'config.json': config, 'model.weights.h5': weights });
  const record = whole.indexOf('PK\x01\x02', 0, 'latin1');
  const wrong = (name: string, code: string, change: (copy: Buffer) => unknown): Malformed => malformed(name, code, changed(whole, change));
  return [
    malformed('nothing', 'zip.no-directory', []),
    malformed('half an archive', 'zip.no-directory', whole.subarray(0, whole.length / 2)),
    malformed('an archive of nothing', 'model.missing-file', archive({})),
    malformed('no description', 'model.missing-file', archive({ 'model.weights.h5': weights })),
    malformed('no weights', 'model.missing-file', archive({ 'config.json': config })),
    malformed(
      'a description outside of the archive',
      'model.missing-file',
      archive({ '../config.json': config, 'model.weights.h5': weights }),
    ),
    malformed('a description that is empty', unreadable, archive({ 'config.json': new Uint8Array(0), 'model.weights.h5': weights })),
    malformed('a description that is cut', unreadable, archive({ 'config.json': config.subarray(0, -5), 'model.weights.h5': weights })),
    malformed(
      'a description nested without end',
      unreadable,
      archive({ 'config.json': Buffer.from('['.repeat(200_000)), 'model.weights.h5': weights }),
    ),
    malformed(
      'a pickle for a description',
      unreadable,
      archive({ 'config.json': Uint8Array.of(0x80, 4, 0x95), 'model.weights.h5': weights }),
    ),
    malformed('something before it', 'zip.corrupt', [0], whole),
    malformed('something in the middle', 'zip.corrupt', spliced(whole, 60, 0, [0])),
    wrong('encrypted', 'model.missing-file', (copy) => copy.writeUInt16LE(1, record + 8)),
    wrong('packed in another way', 'model.missing-file', (copy) => copy.writeUInt16LE(14, record + 10)),
    wrong('a wrong checksum', 'zip.checksum', (copy) => copy.writeUInt32LE(1, record + 16)),
    wrong('another size', 'model.missing-file', (copy) => copy.writeUInt32LE(1, record + 24)),
    wrong('a size of four gigabytes', 'model.missing-file', (copy) => copy.writeUInt32LE(0xfffffff0, record + 24)),
    wrong('no local header', 'zip.entry', (copy) => copy.writeUInt32LE(0, 0)),
    ...hdf5
      .filter(({ code }) => code === damaged)
      .map(({ name, bytes }) => malformed(`weights: ${name}`, damaged, archive({ 'config.json': config, 'model.weights.h5': bytes }))),
  ];
}

type Json = Readonly<Record<string, unknown>>;

export function malformedTensorFlowJs(file: Json): readonly Malformed[] {
  const text = JSON.stringify(file);
  const [group] = file['weightsManifest'] as readonly [{ readonly paths: readonly string[]; readonly weights: readonly Json[] }];
  const [first, ...others] = group.weights;
  const unknown = 'model.unknown-format';
  const raw = (name: string, content: string | Uint8Array): Malformed => malformed(name, unknown, Buffer.from(content));
  const of = (name: string, code: string, change: Json): Malformed =>
    malformed(name, code, Buffer.from(JSON.stringify({ ...file, ...change })));
  const manifest = (name: string, change: Json, code = unreadable): Malformed =>
    of(name, code, { weightsManifest: [{ ...group, weights: [{ ...first, ...change }, ...others] }] });
  const paths = (name: string, ...names: readonly string[]): Malformed =>
    of(name, 'model.missing-file', { weightsManifest: [{ ...group, paths: names }] });
  return [
    raw('nothing', ''),
    raw('zeros', new Uint8Array(50)),
    raw('half of it', text.slice(0, text.length / 2)),
    raw('two of it', text + text),
    raw('a list', `[${text}]`),
    raw('null', 'null'),
    raw('a number', '5'),
    raw('an empty object', '{}'),
    raw('lists nested without end', '['.repeat(200_000)),
    raw('bytes that are no JSON', Uint8Array.of(0x80, 4, 0x95)),
    of('no topology', unknown, { modelTopology: undefined }),
    of('a graph model', 'model.graph-model', { format: 'graph-model' }),
    paths('weights that are not there', 'other.bin'),
    paths('weights above the folder', '../group1-shard1of1.bin'),
    paths('weights at the root', '/etc/passwd'),
    paths('weights of an address', 'https://example.org/group1-shard1of1.bin'),
    paths('weights on a device', 'CON'),
    paths('weights without a name', ''),
    paths('weights of which one is missing', 'group1-shard1of1.bin', 'group1-shard2of1.bin'),
    manifest('a negative size', { shape: [-1] }),
    manifest('half a size', { shape: [1.5] }),
    manifest('a size that is a text', { shape: ['many'] }),
    manifest('a size that is null and more', { shape: [null, -5] }),
    manifest('more values than the file has', { shape: [2 ** 20] }),
    manifest('more values than numbers count', { shape: [2 ** 52, 2 ** 52] }),
    manifest('more values than can be', { shape: [1e300, 1e300] }),
    manifest('an unknown type', { dtype: 'string' }),
    manifest('a type that every object has', { dtype: 'constructor' }),
    manifest('no type', { dtype: undefined }),
    manifest('complex numbers', { dtype: 'complex64' }),
    manifest('quantised halves', { quantization: { dtype: 'float16', original_dtype: 'float32' } }),
    manifest('a quantisation that is unknown', { quantization: { dtype: 'uint3' } }),
  ];
}
