/**
 * WAV (Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", and WAVE_FORMAT_EXTENSIBLE): PCM of 8, 16,
 * 24 and 32 bits, floating point of 32 and 64. Channels are mixed to one by their mean.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { ByteSource } from './byte-source';
import { defineFormat } from './format';

export interface OpenWav {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  readonly encoding: 'pcm' | 'float';
  /** Samples of each channel. */
  readonly frames: number;
  /** At most `count` samples from `first` on, from −1 to 1 (floating point as it is), the mean of the channels. Problems: wav.changed, wav.not-finite. */
  readonly readMono: (first: number, count: number) => Promise<Outcome<Float32Array>>;
}

const mostChannels = 64;
const mostRate = 1_000_000;
const partBytes = 1024 * 1024;
/** Chunks before the samples that are passed over; an honest file has a handful. */
const mostChunks = 1000;
/** The end of the GUID of WAVE_FORMAT_EXTENSIBLE's own sub-formats, behind the two bytes of the format itself. */
const extensibleTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

const readers = {
  pcm8: (view: DataView, offset: number) => (view.getUint8(offset) - 128) / 128,
  pcm16: (view: DataView, offset: number) => view.getInt16(offset, true) / 32_768,
  pcm24: (view: DataView, offset: number) => ((view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)) / 8_388_608,
  pcm32: (view: DataView, offset: number) => view.getInt32(offset, true) / 2_147_483_648,
  float32: (view: DataView, offset: number) => view.getFloat32(offset, true),
  float64: (view: DataView, offset: number) => view.getFloat64(offset, true),
} as const;

type Kind = keyof typeof readers;
const isKind = (name: string): name is Kind => Object.hasOwn(readers, name);

const nameOf = (bytes: Uint8Array, offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));

interface Description {
  readonly kind: Kind;
  readonly channels: number;
  readonly sampleRate: number;
}

/** The `fmt ` chunk at `offset` of the file. */
function readDescription(file: string, bytes: Uint8Array, offset: number): Outcome<Description> {
  if (bytes.length < 16) return failure('wav.format', { file, offset, reason: `${bytes.length} bytes` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let code = view.getUint16(0, true);
  const [channels, sampleRate, align, bits] = [
    view.getUint16(2, true),
    view.getUint32(4, true),
    view.getUint16(12, true),
    view.getUint16(14, true),
  ];
  if (code === 0xfffe) {
    if (bytes.length < 40 || !extensibleTail.every((byte, index) => bytes[26 + index] === byte))
      return failure('wav.encoding', { file, offset, actual: 'extensible' });
    code = view.getUint16(24, true);
  }
  const encoding = code === 1 ? 'pcm' : code === 3 ? 'float' : null;
  const kind = `${encoding ?? ''}${bits}`;
  if (encoding === null || !isKind(kind)) return failure('wav.encoding', { file, offset, actual: `${code}/${bits}` });
  if (channels < 1 || channels > mostChannels) return failure('wav.format', { file, offset: offset + 2, reason: `${channels} channels` });
  if (sampleRate < 1 || sampleRate > mostRate) return failure('wav.format', { file, offset: offset + 4, reason: `${sampleRate} Hz` });
  if (align !== (channels * bits) / 8) return failure('wav.format', { file, offset: offset + 12, reason: `frames of ${align} bytes` });
  return success({ kind, channels, sampleRate });
}

/** Finds the description and the samples of a file. Problems: wav.magic, wav.truncated, wav.format, wav.encoding, wav.no-samples. */
export async function openWav(source: ByteSource): Promise<Outcome<OpenWav>> {
  const { name: file, size } = source;
  const truncated = (expected: number): ReturnType<typeof failure> => failure('wav.truncated', { file, offset: size, expected });
  const head = await source.read(0, 12);
  const begin = 'RIFF';
  if (nameOf(head, 0) !== begin.slice(0, head.length) && (head.length < 4 || nameOf(head, 0) !== begin))
    return failure('wav.magic', { file, offset: 0 });
  if (head.length < 12) return truncated(12);
  if (nameOf(head, 8) !== 'WAVE') return failure('wav.magic', { file, offset: 8 });
  let description: Description | null = null;
  let offset = 12;
  for (let chunk = 0; chunk < mostChunks; chunk++) {
    if (offset >= size) return description === null ? truncated(offset + 8) : failure('wav.no-samples', { file });
    const header = await source.read(offset, offset + 8);
    if (header.length < 8) return truncated(offset + 8);
    const length = new DataView(header.buffer, header.byteOffset, 8).getUint32(4, true);
    const start = offset + 8;
    const kind = nameOf(header, 0);
    if (kind === 'data') {
      if (description === null) return failure('wav.format', { file, offset, reason: 'no description before the samples' });
      // Recorders that could not go back leave the length open.
      const open = length === 0xffffffff;
      if (!open && start + length > size) return truncated(start + length);
      return success(describe(source, description, start, open ? size - start : length));
    }
    if (start + length > size) return truncated(start + length);
    if (kind === 'fmt ') {
      const read = readDescription(file, await source.read(start, Math.min(start + length, start + 64)), start);
      if (!read.ok) return read;
      description = read.value;
    }
    offset = start + length + (length % 2);
  }
  return failure('wav.no-samples', { file });
}

function describe(source: ByteSource, { kind, channels, sampleRate }: Description, start: number, length: number): OpenWav {
  const bits = Number(kind.replace(/\D/g, ''));
  const frameBytes = (channels * bits) / 8;
  const frames = Math.floor(length / frameBytes);
  const read = readers[kind];
  return {
    ...{ sampleRate, channels, bits, frames, encoding: kind.startsWith('pcm') ? 'pcm' : 'float' },
    readMono: async (first, count) => {
      const wanted = Math.max(0, Math.min(count, frames - first));
      const result = new Float32Array(wanted);
      const partFrames = Math.max(1, Math.floor(partBytes / frameBytes));
      for (let done = 0; done < wanted; done += partFrames) {
        const frames = Math.min(partFrames, wanted - done);
        const from = start + (first + done) * frameBytes;
        const bytes = await source.read(from, from + frames * frameBytes);
        if (bytes.length < frames * frameBytes) return failure('wav.changed', { file: source.name, offset: from + bytes.length });
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        for (let frame = 0; frame < frames; frame++) {
          let sum = 0;
          for (let channel = 0; channel < channels; channel++) sum += read(view, frame * frameBytes + (channel * bits) / 8);
          const value = Math.fround(sum / channels);
          if (!Number.isFinite(value)) return failure('wav.not-finite', { file: source.name, offset: from + frame * frameBytes });
          result[done + frame] = value;
        }
      }
      return success(result);
    },
  };
}

export const format = defineFormat({
  name: 'wav',
  label: 'WAV',
  extensions: ['.wav', '.wave'],
  probe: (head) => nameOf(head, 0) === 'RIFF' && nameOf(head, 8) === 'WAVE',
});
