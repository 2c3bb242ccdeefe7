/** Small files that would unpack to much more than they may, of each packed kind: refused with less memory than they want. */
import { constants, crc32, deflateRawSync, deflateSync, gzipSync, brotliCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import type { Outcome } from '../../../compute/graph/problem';
import { memorySource } from '../byte-source';
import { unpackGzip } from '../gzip';
import { usualImageLimits } from '../images/decoded-image';
import { decodeImage } from '../images/images';
import { importKeras, importTensorFlowJs } from '../keras/import/import-keras';
import { importOnnx } from '../onnx/import/import-onnx';
import type { ModelImport } from '../models/imported-model';
import { encodeOnnx } from '../onnx/onnx-encoder';
import { readNpz } from '../npz.format';
import { unpack } from '../parquet/compression';
import { openZip, usualZipLimits } from '../zip/zip';
import { watchAllocations } from './allocations';
import { foreignImages } from './foreign-images';
import { ascii, big32, changed, little16, little32 } from './malformed/malformed';

const mebibyte = 2 ** 20;
const large = 32 * mebibyte;
/** What reading one of the files may ask for, all requests together. */
const bound = 4 * mebibyte;
const zeros = Buffer.alloc(large);

const chunk = (name: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(big32(body.length)), Buffer.from(name), body, Buffer.from(big32(crc32(body, crc32(name)) >>> 0))]);
const png = (width: number, height: number, data: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.from([...big32(width), ...big32(height), 8, 0, 0, 0, 0])),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);

/** One deflated entry whose directory says it is `size` bytes long. */
function zip(name: string, packed: Uint8Array, size: number, checksum = 0): Buffer {
  const sizes = [...little32(checksum), ...little32(packed.length), ...little32(size), ...little16(name.length), ...little16(0)];
  const local = Buffer.from([
    ...ascii('PK\x03\x04'),
    ...little16(20),
    ...little16(0),
    ...little16(8),
    0,
    0,
    0,
    0,
    ...sizes,
    ...ascii(name),
  ]);
  const record = Buffer.from([
    ...[...ascii('PK\x01\x02'), ...little16(20), ...little16(20), ...little16(0), ...little16(8), 0, 0, 0, 0, ...sizes],
    ...[...little16(0), ...little16(0), ...little16(0), ...little32(0), ...little32(0), ...ascii(name)],
  ]);
  const start = local.length + packed.length;
  const end = Buffer.from([...ascii('PK\x05\x06'), 0, 0, 0, 0, 1, 0, 1, 0, ...little32(record.length), ...little32(start), 0, 0]);
  return Buffer.concat([local, packed, record, end]);
}

/** A frame of Zstandard with blocks of one byte repeated 128 KiB times each; `head` follows its signature. */
const zstandard = (blocks: number, head: readonly number[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...head]),
    ...Array.from({ length: blocks }, (_, index) => {
      const header = (0x20000 << 3) | (1 << 1) | (index === blocks - 1 ? 1 : 0);
      return Buffer.from([header & 255, (header >> 8) & 255, header >> 16, 0]);
    }),
  ]);

const raw = deflateRawSync(zeros, { level: 1 });
const packed = deflateSync(zeros, { level: 1 });
const gzipped = gzipSync(zeros, { level: 1 });
const codeOf = async (answer: unknown): Promise<string> => {
  const outcome = (await answer) as { readonly ok: boolean; readonly problem?: { readonly code: string } };
  return outcome.ok ? 'read' : (outcome.problem?.code ?? '');
};
async function readEntry(file: Uint8Array): Promise<string> {
  const archive = await openZip(memorySource('a.zip', file), usualZipLimits);
  if (!archive.ok) return archive.problem.code;
  const [refused] = archive.value.refused;
  const [entry] = archive.value.entries;
  return refused?.problem.code ?? (entry === undefined ? '' : codeOf(archive.value.read(entry)));
}
function page(codec: number, packed: Uint8Array, announced: number): string {
  try {
    unpack(codec, packed, announced);
    return 'read';
  } catch (error) {
    return error instanceof Error ? 'refused' : '';
  }
}

/** An LSTM whose description and weights disagree about its size. */
function lstmOfTensorFlowJs(units: number): Promise<string> {
  const weights = [
    { name: 'l/kernel', shape: [2, 8] },
    { name: 'l/recurrent_kernel', shape: [2, 8] },
    { name: 'l/bias', shape: [8] },
  ].map((entry) => ({ ...entry, dtype: 'float32' }));
  const layers = [
    { class_name: 'InputLayer', config: { batch_input_shape: [null, 3, 2], dtype: 'float32', name: 'x' } },
    { class_name: 'LSTM', config: { name: 'l', units, return_sequences: false } },
  ];
  const model = {
    format: 'layers-model',
    modelTopology: { keras_version: '2.15.0', model_config: { class_name: 'Sequential', config: { name: 'm', layers } } },
    weightsManifest: [{ paths: ['w.bin'], weights }],
  };
  const binaries = new Map([['w.bin', new Uint8Array(4 * 40)]]);
  return refusalOf(importTensorFlowJs('model.json', Buffer.from(JSON.stringify(model)), binaries, {}));
}
/** The same in ONNX: weights of no inputs may have any number of rows in no bytes. */
function lstmOfOnnx(rows: number): Promise<string> {
  const none = { data: new Float32Array() };
  const graph = {
    name: 'm',
    nodes: [
      {
        name: 'l',
        node: { operator: 'LSTM', inputs: ['x', 'w', 'r'], outputs: ['', 'y'], attributes: { hidden_size: rows / 4, layout: 1 } },
      },
    ],
    initializers: [
      { name: 'w', shape: [1, rows, 0], ...none },
      { name: 'r', shape: [1, rows, 0], ...none },
    ],
    input: { name: 'x', shape: [3, 2], tokens: false },
    output: { name: 'y', shape: [1, rows / 4] },
  };
  return refusalOf(importOnnx(encodeOnnx(graph)));
}
/** The reason for which a node was refused, or what `codeOf` says. */
async function refusalOf(answer: Outcome<ModelImport>): Promise<string> {
  return answer.ok ? (answer.value.report.refused[0]?.reason ?? 'read') : codeOf(answer);
}

const { images } = foreignImages();
const image = (name: string): Buffer => images.find((one) => one.name === name)!.file;
const decode = (bytes: Uint8Array): Promise<string> => codeOf(decodeImage(bytes, usualImageLimits));
const jpegFrame = image('jpeg/grey').indexOf(Buffer.from([0xff, 0xc0]));

it('are refused, and memory is not asked for', async () => {
  const snappy = Buffer.from([
    ...[0x80, 0x80, 0x80, 0x80, 0x01],
    0,
    65,
    ...new Array<number>(3000).fill(0xfe).map((tag, index) => (index % 3 === 0 ? tag : index % 3 === 1 ? 1 : 0)),
  ]);
  const twice = gzipSync(gzipped);
  const cases: readonly (readonly [name: string, expected: string, read: () => string | Promise<string>])[] = [
    ['gzip', 'gzip.too-long', () => codeOf(unpackGzip(gzipped, mebibyte))],
    ['gzip in gzip', 'read', () => codeOf(unpackGzip(twice, mebibyte))],
    ['png of one pixel', 'image.corrupt', () => decode(png(1, 1, packed))],
    ['png of 33 megapixels without data', 'image.truncated', () => decode(png(8192, 4096, deflateSync(Buffer.alloc(10))))],
    ['png of four gigapixels', 'image.too-large', () => decode(png(65_535, 65_535, packed))],
    [
      'jpeg of four gigapixels',
      'image.too-large',
      () => decode(changed(image('jpeg/grey'), (copy) => copy.fill(0xff, jpegFrame + 5, jpegFrame + 9))),
    ],
    [
      'webp of 268 megapixels',
      'image.too-large',
      () => decode(changed(image('webp/lossless'), (copy) => copy.writeUInt32LE(0x0fffffff, 21))),
    ],
    ['zip that says less', 'zip.entry', () => readEntry(zip('a', raw, 1000))],
    ['zip that says all', 'zip.too-large', () => readEntry(zip('a', raw, usualZipLimits.entryBytes + 1))],
    ['zip that says more than it can', 'zip.ratio', () => readEntry(zip('a', raw.subarray(0, 100), large))],
    [
      'zip of entries in one place',
      'zip.overlap',
      () =>
        readEntry(
          changed(Buffer.from(zipSync({ a: zeros.subarray(0, 1000), b: zeros.subarray(0, 1000) })), (copy) =>
            copy.writeUInt32LE(0, copy.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 42),
          ),
        ),
    ],
    ['npz', 'npz.too-large', () => codeOf(readNpz(memorySource('a.npz', zip('a.npy', raw, large)), mebibyte))],
    ['npz that says less', 'zip.entry', () => codeOf(readNpz(memorySource('a.npz', zip('a.npy', raw, 1000)), mebibyte))],
    ['keras', 'zip.entry', () => codeOf(importKeras('a.keras', zip('config.json', raw, 1000), {}))],
    [
      'keras whose description is a bomb',
      'model.too-large',
      () => codeOf(importKeras('a.keras', zip('config.json', raw, large, crc32(zeros)), {})),
    ],
    ['TensorFlow.js, a layer of two units', 'read', () => lstmOfTensorFlowJs(2)],
    ...[10_000, 2_000_000_000, 1e300].map((units): (typeof cases)[number] => [
      `TensorFlow.js, a layer that says it has ${String(units)} units`,
      `Its weights of 2 × 8 are not those of ${String(units)} units.`,
      () => lstmOfTensorFlowJs(units),
    ]),
    [
      'onnx, a layer of weights without inputs',
      'Its weights are of 1 × 4000000 × 0 where 1 × 4000000 × 1000000 belong.',
      () => lstmOfOnnx(4_000_000),
    ],
    ['parquet, snappy that announces more', 'refused', () => page(1, snappy, large)],
    ['parquet, snappy that gives more', 'refused', () => page(1, Buffer.from([10, 0, 65, ...new Array<number>(3).fill(0xfe), 1, 0]), 10)],
    ['parquet, gzip', 'refused', () => page(2, gzipped, 1000)],
    ['parquet, brotli', 'refused', () => page(4, brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }), 1000)],
    ['parquet, zstandard: more than announced is never written', 'read', () => page(6, zstandard(2000, [0, 0x58]), 1000)],
    ['parquet, zstandard with a window of terabytes', 'read', () => page(6, zstandard(2000, [0, 0xff]), 1000)],
    ['parquet, zstandard that announces four gigabytes', 'refused', () => page(6, zstandard(1, [0xa0, 0xff, 0xff, 0xff, 0xff]), 1000)],
  ];
  const allocations = watchAllocations();
  const wrong: unknown[] = [];
  for (const [name, expected, read] of cases) {
    allocations.asked = 0;
    const answer = await read();
    if (answer !== expected || allocations.asked > bound) wrong.push([name, answer, expected, Math.round(allocations.asked / mebibyte)]);
  }
  expect(wrong).toEqual([]);
});
