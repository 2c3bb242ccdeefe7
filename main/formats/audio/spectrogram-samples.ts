/** One spectrogram a file: the first seconds of its sound at one sampling rate, filled up with silence. */
import { success, type Outcome } from '../../../compute/graph/problem';
import type { Shape } from '../../../compute/graph/tensor';
import type { ByteSource } from '../byte-source';
import { openWav } from '../wav.format';
import { createLogMel, frameCount } from './log-mel';
import { resample } from './resample';

export interface SpectrogramSampleOptions {
  /** Hertz, to which files of other rates are brought. */
  readonly sampleRate: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds. */
  readonly hop: number;
  readonly melBands: number;
}

export interface SpectrogramReader {
  /** [1, bands, windows] */
  readonly sampleShape: Shape;
  /** Problems: wav.*. */
  readonly read: (source: ByteSource) => Promise<Outcome<Float32Array>>;
}

/** A reader of files into spectrograms of one shape; see log-mel.ts and resample.ts for the formulas. */
export function createSpectrogramReader({ sampleRate, seconds, window, hop, melBands }: SpectrogramSampleOptions): SpectrogramReader {
  const inSamples = (milliseconds: number): number => Math.max(1, Math.round((milliseconds * sampleRate) / 1000));
  const options = { sampleRate, window: inSamples(window), hop: inSamples(hop), melBands };
  const samples = Math.max(options.window, Math.round(seconds * sampleRate));
  const logMel = createLogMel(options);
  return {
    sampleShape: [1, melBands, frameCount(samples, options)],
    read: async (source) => {
      const wav = await openWav(source);
      if (!wav.ok) return wav;
      const signal = await wav.value.readMono(0, Math.ceil((samples * wav.value.sampleRate) / sampleRate));
      if (!signal.ok) return signal;
      const filled = new Float32Array(samples);
      filled.set(resample(signal.value, wav.value.sampleRate, sampleRate).subarray(0, samples));
      return success(logMel(filled));
    },
  };
}
