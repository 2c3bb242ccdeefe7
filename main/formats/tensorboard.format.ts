/**
 * TensorBoard event files: records in TFRecord's framing, each an Event message of Protocol Buffers with one scalar. The
 * form: tensorflow/core/lib/io/record_writer.h (framing, masked CRC-32C), tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto (field numbers).
 */
import { success } from '../../compute/graph/problem';
import { defineFormat } from './format';

export interface ScalarEvent {
  readonly tag: string;
  readonly step: number;
  /** Kept as float32. */
  readonly value: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

export interface EventFile {
  /** Seconds since 1970, of the event that says the version. */
  readonly begunAt: number;
  readonly events: readonly ScalarEvent[];
}

/** CRC-32C (Castagnoli 1993), bits reflected, by table. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** TFRecord rotates and adds, since a checksum of data that holds its own checksum says little. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** length as u64, checksum of the length, the record, checksum of the record; all little-endian. */
function frame(record: Uint8Array): Uint8Array {
  const framed = new Uint8Array(8 + 4 + record.length + 4);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(record.length), true);
  view.setUint32(8, maskedChecksum(framed.subarray(0, 8)), true);
  framed.set(record, 12);
  view.setUint32(12 + record.length, maskedChecksum(record), true);
  return framed;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const field = (number: number, type: keyof typeof wireTypes): number => (number << 3) | wireTypes[type];

function fixed(number: number, value: number, size: 4 | 8): number[] {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (size === 8) view.setFloat64(0, value, true);
  else view.setFloat32(0, value, true);
  return [field(number, size === 8 ? 'fixed64' : 'fixed32'), ...bytes];
}

const bytesField = (number: number, bytes: ArrayLike<number>): number[] => [
  field(number, 'bytes'),
  ...varint(bytes.length),
  ...Array.from(bytes),
];
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Event: wall_time = 1 (double), step = 2 (int64), file_version = 3, summary = 5; Summary: value = 1; Value: tag = 1, simple_value = 2 (float). */
function encodeEvent({ tag, step, value, wallTime }: ScalarEvent): Uint8Array {
  const summaryValue = [...bytesField(1, text(tag)), ...fixed(2, value, 4)];
  return Uint8Array.from([...fixed(1, wallTime, 8), field(2, 'varint'), ...varint(step), ...bytesField(5, bytesField(1, summaryValue))]);
}

const encodeVersion = (wallTime: number): Uint8Array =>
  Uint8Array.from([...fixed(1, wallTime, 8), ...bytesField(3, text('brain.Event:2'))]);

/** One file of events, in the order given. Steps are whole and not negative. */
function write({ begunAt, events }: EventFile): Uint8Array<ArrayBuffer> {
  const frames = [frame(encodeVersion(begunAt)), ...events.map((event) => frame(encodeEvent(event)))];
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const each of frames) {
    bytes.set(each, position);
    position += each.length;
  }
  return bytes;
}

export const format = defineFormat({
  name: 'tensorboard',
  label: 'TensorBoard events',
  extensions: ['.tfevents'],
  /** The first record is the version, whose length is below 256. */
  probe: (head) => head.length >= 12 && head.subarray(1, 8).every((byte) => byte === 0) && head[12] === field(1, 'fixed64'),
  write: (file: EventFile) => success(write(file)),
});
