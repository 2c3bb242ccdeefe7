/** The discrete Fourier transform of 2ⁿ numbers (Cooley and Tukey, 1965), in doubles. Pure. */

/** Power spectra |X_k|², k = 0 … size/2, of real signals of `size` (a power of two) values. */
export function createPowerSpectrum(size: number): (signal: Float64Array, power: Float64Array) => void {
  const bits = Math.round(Math.log2(size));
  if (2 ** bits !== size) throw new RangeError(`a transform of ${size} values: not a power of two`);
  const cosines = Float64Array.from({ length: size / 2 }, (_, index) => Math.cos((2 * Math.PI * index) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, index) => -Math.sin((2 * Math.PI * index) / size));
  const reversed = Uint32Array.from({ length: size }, (_, index) => {
    let place = 0;
    for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) place |= 1 << (bits - 1 - bit);
    return place;
  });
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  return (signal, power) => {
    for (let index = 0; index < size; index++) real[index] = signal[reversed[index]!]!;
    imaginary.fill(0);
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half)
        for (let index = 0; index < half; index++) {
          const cosine = cosines[index * step]!;
          const sine = sines[index * step]!;
          const [low, high] = [start + index, start + index + half];
          const turnedReal = real[high]! * cosine - imaginary[high]! * sine;
          const turnedImaginary = real[high]! * sine + imaginary[high]! * cosine;
          real[high] = real[low]! - turnedReal;
          imaginary[high] = imaginary[low]! - turnedImaginary;
          real[low]! += turnedReal;
          imaginary[low]! += turnedImaginary;
        }
    }
    for (let index = 0; index <= size / 2; index++) power[index] = real[index]! ** 2 + imaginary[index]! ** 2;
  };
}
