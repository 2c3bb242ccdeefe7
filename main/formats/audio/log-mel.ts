/**
 * Log-mel spectrograms: power spectra of windows of a signal, summed by triangles that are evenly spaced on HTK's mel scale
 * (2595 · log10(1 + f/700)) from 0 to half the rate, then ln(power + 10⁻⁶). Windows are periodic Hann, from the first sample on.
 */
import { createPowerSpectrum } from './fourier';

export interface SpectrogramOptions {
  /** Hertz. */
  readonly sampleRate: number;
  /** Of a window, in samples. */
  readonly window: number;
  /** From one window to the next, in samples. */
  readonly hop: number;
  readonly melBands: number;
}

const floor = 1e-6;

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** The transform is as long as the next power of two. */
export const transformSize = (window: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, window)));

/** Windows that fit into `samples`; 0 where not even one does. */
export const frameCount = (samples: number, { window, hop }: Pick<SpectrogramOptions, 'window' | 'hop'>): number =>
  Math.max(0, 1 + Math.floor((samples - window) / hop));

interface MelBand {
  /** Bin of the first weight. */
  readonly first: number;
  readonly weights: Float64Array;
}

function melBandsOf({ sampleRate, melBands }: SpectrogramOptions, size: number): MelBand[] {
  const highest = melOf(sampleRate / 2);
  const corners = Array.from({ length: melBands + 2 }, (_, index) => hertzOf((highest * index) / (melBands + 1)));
  return Array.from({ length: melBands }, (_, band) => {
    const [low = 0, middle = 0, high = 0] = corners.slice(band, band + 3);
    const weights = Float64Array.from({ length: size / 2 + 1 }, (_entry, bin) => {
      const hertz = (bin * sampleRate) / size;
      return Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)));
    });
    const first = Math.max(
      0,
      weights.findIndex((weight) => weight > 0),
    );
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: weights.slice(first, last + 1) };
  });
}

/** Gives of a signal its spectrogram, row-major [melBands, frames]. A signal shorter than a window gives none. */
export function createLogMel(options: SpectrogramOptions): (signal: Float32Array) => Float32Array {
  const { window, hop, melBands } = options;
  const size = transformSize(window);
  const spectrum = createPowerSpectrum(size);
  const hann = Float64Array.from({ length: window }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / window));
  const bands = melBandsOf(options, size);
  const piece = new Float64Array(size);
  const power = new Float64Array(size / 2 + 1);
  return (signal) => {
    const frames = frameCount(signal.length, options);
    const result = new Float32Array(melBands * frames);
    for (let frame = 0; frame < frames; frame++) {
      // Behind the window the piece stays zero.
      for (let index = 0; index < window; index++) piece[index] = hann[index]! * signal[frame * hop + index]!;
      spectrum(piece, power);
      bands.forEach(({ first, weights }, band) => {
        let sum = 0;
        for (let index = 0; index < weights.length; index++) sum += weights[index]! * power[first + index]!;
        result[band * frames + frame] = Math.log(sum + floor);
      });
    }
    return result;
  };
}
