import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../compute/graph/problem';
import { createLogMel } from './audio/log-mel';
import { resample } from './audio/resample';
import { createSpectrogramReader } from './audio/spectrogram-samples';
import { memorySource } from './byte-source';
import { format, openWav } from './wav.format';

/** Writes WAV files with Python's wave module and by hand, and computes spectrograms with torch.stft and numpy. */
const python = `
import json, struct, sys, wave
import numpy as np
import torch
folder = sys.argv[1]
random = np.random.default_rng(5)
time = np.arange(4000) / 8000
left = 0.6 * np.sin(2 * np.pi * 440 * time) + 0.3 * np.sin(2 * np.pi * (300 + 900 * time) * time) + 0.05 * random.normal(size=4000)
right = 0.5 * np.cos(2 * np.pi * 1000 * time)
out = {}
def pcm(values, bits):
    whole = np.clip(np.round(values * 2 ** (bits - 1)), -2 ** (bits - 1), 2 ** (bits - 1) - 1).astype('i8')
    if bits == 8: data = (whole + 128).astype('u1').tobytes()
    elif bits == 24: data = b''.join(int(v).to_bytes(3, 'little', signed=True) for v in whole.ravel())
    else: data = whole.astype('<i%d' % (bits // 8)).tobytes()
    return whole / 2.0 ** (bits - 1), data
for bits in (8, 16, 24, 32):
    for channels in (1, 2):
        values, data = pcm(np.stack([left, right][:channels], 1), bits)
        name = 'pcm%d-%d' % (bits, channels)
        with wave.open(folder + '/' + name, 'wb') as file:
            file.setnchannels(channels); file.setsampwidth(bits // 8); file.setframerate(8000); file.writeframes(data)
        out[name] = values.mean(1).astype('f4').astype('f8').tolist()
def chunk(name, data): return name + struct.pack('<I', len(data)) + data + b'\\0' * (len(data) % 2)
def riff(*chunks): return b'RIFF' + struct.pack('<I', 4 + sum(map(len, chunks))) + b'WAVE' + b''.join(chunks)
def fmt(code, channels, bits, rate=8000): return struct.pack('<HHIIHH', code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
guid = bytes.fromhex('000000001000800000aa00389b71')
both = np.stack([left, right], 1)
open(folder + '/float32-2', 'wb').write(riff(chunk(b'LIST', b'odd'), chunk(b'fmt ', fmt(3, 2, 32) + b'\\0\\0'), chunk(b'fact', b'1234'), chunk(b'data', both.astype('<f4').tobytes())))
out['float32-2'] = both.astype('f4').astype('f8').mean(1).astype('f4').astype('f8').tolist()
open(folder + '/float64-1', 'wb').write(riff(chunk(b'fmt ', fmt(3, 1, 64)), chunk(b'data', left.astype('<f8').tobytes())))
out['float64-1'] = left.astype('f4').astype('f8').tolist()
extended = lambda code, channels, bits: fmt(0xfffe, channels, bits) + struct.pack('<HHI', 22, bits, 3) + struct.pack('<H', code) + guid
values, data = pcm(both, 24)
open(folder + '/extensible-pcm24-2', 'wb').write(riff(chunk(b'fmt ', extended(1, 2, 24)), chunk(b'data', data)))
out['extensible-pcm24-2'] = values.mean(1).astype('f4').astype('f8').tolist()
open(folder + '/extensible-float32-1', 'wb').write(riff(chunk(b'fmt ', extended(3, 1, 32)), chunk(b'data', left.astype('<f4').tobytes())))
out['extensible-float32-1'] = left.astype('f4').astype('f8').tolist()
open(folder + '/open-pcm16-1', 'wb').write(riff(chunk(b'fmt ', fmt(1, 1, 16))) + b'data\\xff\\xff\\xff\\xff' + pcm(left, 16)[1])
out['open-pcm16-1'] = pcm(left, 16)[0].astype('f4').astype('f8').tolist()
json.dump(out, open(folder + '/expected.json', 'w'))

signal = left.astype('f4')
signal.tofile(folder + '/signal.f32')
mel = lambda hz: 2595 * np.log10(1 + hz / 700)
spectrograms = {}
for window, hop, bands in ((200, 80, 40), (256, 128, 24), (333, 111, 64)):
    size = 2 ** int(np.ceil(np.log2(window)))
    frames = 1 + (len(signal) - window) // hop
    # Frame by frame, with the window at the beginning of the transform: phases apart, that is where it stands.
    pieces = torch.from_numpy(signal.astype('f8')).unfold(0, window, hop)[:frames] * torch.hann_window(window, periodic=True, dtype=torch.float64)
    power = torch.fft.rfft(pieces, n=size).abs().numpy().T ** 2
    if window == size:
        stft = torch.stft(torch.from_numpy(signal.astype('f8')), size, hop, window, torch.hann_window(window, dtype=torch.float64), center=False, return_complex=True).abs().numpy() ** 2
        assert np.allclose(stft, power)
    corners = 700 * (10 ** (np.linspace(0, mel(4000), bands + 2) / 2595) - 1)
    hertz = np.linspace(0, 4000, size // 2 + 1)
    up = (hertz[None] - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    down = (corners[2:, None] - hertz[None]) / (corners[2:] - corners[1:-1])[:, None]
    spectrograms['%d-%d-%d' % (window, hop, bands)] = np.log(np.maximum(0, np.minimum(up, down)) @ power + 1e-6).ravel().tolist()
json.dump(spectrograms, open(folder + '/spectrograms.json', 'w'))

def resample(x, orig, new, crossings=6, rolloff=0.99):
    # The kernel of torchaudio.functional.resample (sinc_interp_hann), written with its own steps.
    gcd = np.gcd(orig, new); orig //= gcd; new //= gcd
    base = min(orig, new) * rolloff
    width = int(np.ceil(crossings * orig / base))
    index = np.arange(-width, width + orig) / orig
    t = np.clip((np.arange(0, -new, -1)[:, None] / new + index[None]) * base, -crossings, crossings)
    kernel = np.sinc(t) * np.cos(t * np.pi / crossings / 2) ** 2 * base / orig
    padded = np.pad(x.astype('f8'), (width, width + orig))
    result = np.stack([kernel @ padded[start:start + kernel.shape[1]] for start in range(0, len(x), orig)]).ravel()
    return result[:int(np.ceil(new * len(x) / orig))]
json.dump({str(rate): resample(signal, 8000, rate).tolist() for rate in (16000, 4000, 11025, 7999)}, open(folder + '/resampled.json', 'w'))
`;

let folder = '';
const fileOf = (name: string): Buffer => readFileSync(join(folder, name));
const valuesOf = (name: string): Record<string, number[]> => JSON.parse(fileOf(name).toString()) as Record<string, number[]>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hebb-wav-'));
  const run = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', python, folder], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('files written by Python', () => {
  it('are read to the last bit, mixed to one channel', async () => {
    const expected = valuesOf('expected.json');
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(13);
    for (const [name, values] of Object.entries(expected)) {
      const wav = unwrap(await openWav(memorySource(name, fileOf(name))));
      expect(wav, name).toMatchObject({ sampleRate: 8000, frames: 4000, channels: Number(name.at(-1)) });
      expect([...unwrap(await wav.readMono(0, 1_000_000))], name).toEqual(values);
      expect([...unwrap(await wav.readMono(3990, 100))], name).toEqual(values.slice(3990));
    }
    expect(format.probe(fileOf('pcm8-1').subarray(0, 100))).toBe(true);
    expect(format.probe(Buffer.from('RIFF\0\0\0\0WEBP'))).toBe(false);
  });
});

describe('spectrograms', () => {
  it("are torch's power spectra under numpy's triangles", () => {
    const signal = new Float32Array(Uint8Array.from(fileOf('signal.f32')).buffer);
    for (const [name, expected] of Object.entries(valuesOf('spectrograms.json'))) {
      const [window = 0, hop = 0, melBands = 0] = name.split('-').map(Number);
      const actual = createLogMel({ sampleRate: 8000, window, hop, melBands })(signal);
      expect(actual.length).toBe(expected.length);
      // The results are rounded to floats: 2⁻²⁴ of at most 14, and both transforms are in doubles.
      actual.forEach((value, index) => {
        if (Math.abs(value - expected[index]!) > 1e-5) expect.fail(`${name} [${index}]: ${value} instead of ${expected[index]!}`);
      });
    }
  });

  it('have one shape for files of all lengths and rates', async () => {
    const reader = createSpectrogramReader({ sampleRate: 16_000, seconds: 1, window: 25, hop: 10, melBands: 40 });
    expect(reader.sampleShape).toEqual([1, 40, 98]);
    const read = unwrap(await reader.read(memorySource('x.wav', fileOf('pcm16-1'))));
    expect(read.length).toBe(40 * 98);
    // Half a second of sound, then silence: ln(10⁻⁶).
    expect(read[97]).toBeCloseTo(Math.log(1e-6), 5);
    expect(read[20]).toBeGreaterThan(-10);
  });
});

describe('another sampling rate', () => {
  it("is torchaudio's formula", () => {
    const signal = new Float32Array(Uint8Array.from(fileOf('signal.f32')).buffer);
    for (const [rate, expected] of Object.entries(valuesOf('resampled.json'))) {
      const actual = resample(signal, 8000, Number(rate));
      expect(actual.length).toBe(expected.length);
      // Rounded to floats near 1: 2⁻²⁴.
      actual.forEach((value, index) => {
        if (Math.abs(value - expected[index]!) > 1e-6) expect.fail(`${rate} [${index}]: ${value} instead of ${expected[index]!}`);
      });
    }
  });
});

const chunk = (name: string, data: Buffer, length = data.length): Buffer => {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  header.writeUInt32LE(length, 4);
  return Buffer.concat([header, data, Buffer.alloc(data.length % 2)]);
};
const description = (code: number, channels: number, rate: number, bits: number, align = (channels * bits) / 8): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(channels, 2);
  bytes.writeUInt32LE(rate, 4);
  bytes.writeUInt16LE(align, 12);
  bytes.writeUInt16LE(bits, 14);
  return bytes;
};
const wave = (...chunks: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), ...chunks]);
const usual = chunk('fmt ', description(1, 1, 8000, 16));
const good = wave(usual, chunk('data', Buffer.alloc(20)));

const malformed: readonly (readonly [name: string, bytes: Buffer, code: string])[] = [
  ['nothing', Buffer.alloc(0), 'wav.truncated'],
  ['zeros', Buffer.alloc(44), 'wav.magic'],
  ['RIFF alone', Buffer.from('RIFF'), 'wav.truncated'],
  ['big-endian', Buffer.from('RIFX\0\0\0\0WAVE'), 'wav.magic'],
  ['64 bits', Buffer.from('RF64\0\0\0\0WAVE'), 'wav.magic'],
  ['a picture', Buffer.from('RIFF\0\0\0\0WEBPVP8 '), 'wav.magic'],
  ['no chunks', wave(), 'wav.truncated'],
  ['no samples', wave(usual), 'wav.no-samples'],
  ['samples without a description', wave(chunk('data', Buffer.alloc(4))), 'wav.format'],
  ['a description behind the samples', wave(chunk('data', Buffer.alloc(4)), usual), 'wav.format'],
  ['a short description', wave(chunk('fmt ', Buffer.alloc(14)), chunk('data', Buffer.alloc(4))), 'wav.format'],
  ['an empty description', wave(chunk('fmt ', Buffer.alloc(0)), chunk('data', Buffer.alloc(4))), 'wav.format'],
  ['no channels', wave(chunk('fmt ', description(1, 0, 8000, 16))), 'wav.format'],
  ['65 channels', wave(chunk('fmt ', description(1, 65, 8000, 16))), 'wav.format'],
  ['no rate', wave(chunk('fmt ', description(1, 1, 0, 16))), 'wav.format'],
  ['a rate of four billion', wave(chunk('fmt ', description(1, 1, 0xffffffff, 16))), 'wav.format'],
  ['frames of no bytes', wave(chunk('fmt ', description(1, 1, 8000, 16, 0))), 'wav.format'],
  ['frames of another length', wave(chunk('fmt ', description(1, 2, 8000, 16, 2))), 'wav.format'],
  ['ADPCM', wave(chunk('fmt ', description(2, 1, 8000, 4, 256))), 'wav.encoding'],
  ['A-law', wave(chunk('fmt ', description(6, 1, 8000, 8))), 'wav.encoding'],
  ['MP3', wave(chunk('fmt ', description(85, 1, 8000, 0, 1))), 'wav.encoding'],
  ['12 bits', wave(chunk('fmt ', description(1, 1, 8000, 12, 2))), 'wav.encoding'],
  ['no bits', wave(chunk('fmt ', description(1, 1, 8000, 0))), 'wav.encoding'],
  ['floats of 16 bits', wave(chunk('fmt ', description(3, 1, 8000, 16))), 'wav.encoding'],
  ['extensible without an extension', wave(chunk('fmt ', description(0xfffe, 1, 8000, 16))), 'wav.encoding'],
  [
    'extensible with another GUID',
    wave(chunk('fmt ', Buffer.concat([description(0xfffe, 1, 8000, 16), Buffer.alloc(24, 7)]))),
    'wav.encoding',
  ],
  ['samples that are not all there', wave(usual, chunk('data', Buffer.alloc(4), 1000)), 'wav.truncated'],
  ['a chunk that is longer than the file', wave(chunk('LIST', Buffer.alloc(4), 0x7fffffff)), 'wav.truncated'],
  ['a description that is longer than the file', wave(chunk('fmt ', description(1, 1, 8000, 16), 99)), 'wav.truncated'],
  ['thousands of empty chunks', wave(...Array.from({ length: 2000 }, () => chunk('junk', Buffer.alloc(0)))), 'wav.no-samples'],
];

describe('malformed files', () => {
  it('are refused, each with its code', async () => {
    expect(malformed.length).toBeGreaterThanOrEqual(30);
    for (const [name, bytes, code] of malformed)
      expect(await openWav(memorySource('x', bytes)), name).toMatchObject({ ok: false, problem: { code, values: { file: 'x' } } });
  });

  it('are truncated at every prefix', async () => {
    for (let length = 0; length < good.length; length++) {
      const outcome = await openWav(memorySource('x', good.subarray(0, length)));
      expect(outcome, `prefix of ${length}`).toMatchObject({
        ok: false,
        problem: { code: length === 36 ? 'wav.no-samples' : 'wav.truncated' },
      });
    }
    expect((await openWav(memorySource('x', good))).ok).toBe(true);
  });

  it('are those with samples that are no numbers', async () => {
    const bytes = Buffer.alloc(8);
    bytes.writeFloatLE(NaN, 4);
    const wav = unwrap(await openWav(memorySource('x', wave(chunk('fmt ', description(3, 1, 8000, 32)), chunk('data', bytes)))));
    expect(await wav.readMono(0, 9)).toMatchObject({ problem: { code: 'wav.not-finite', values: { offset: 48 } } });
  });
});
