/**
 * Another sampling rate for a signal: interpolation with a sinc under a Hann window, the formula of torchaudio's
 * functional.resample with its defaults (six zero crossings, cut off at 0.99 of the lower half rate). Pure.
 */

const zeroCrossings = 6;
const rolloff = 0.99;

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** `signal` at `from` hertz as it is at `to` hertz, ⌈length · to / from⌉ values; both whole and positive. */
export function resample(signal: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return signal;
  const divisor = greatestDivisor(from, to);
  const [source, target] = [from / divisor, to / divisor];
  const base = Math.min(source, target) * rolloff;
  /** Half the filter's length, in values of the signal. */
  const reach = (zeroCrossings * source) / base;
  /** One filter for each of the `target` phases, made when it is first used: its weights, and where they begin. */
  const filters = new Map<number, { readonly first: number; readonly weights: Float64Array }>();
  const filterOf = (phase: number): { readonly first: number; readonly weights: Float64Array } => {
    const centre = (phase * source) / target;
    const first = Math.ceil(centre - reach);
    const weights = Float64Array.from({ length: Math.floor(centre + reach) - first + 1 }, (_, tap) => {
      const time = ((first + tap - centre) / source) * base;
      const angle = time * Math.PI;
      return (angle === 0 ? 1 : Math.sin(angle) / angle) * Math.cos(angle / zeroCrossings / 2) ** 2 * (base / source);
    });
    return { first, weights };
  };
  const result = new Float32Array(Math.ceil((signal.length * target) / source));
  for (let index = 0; index < result.length; index++) {
    const phase = index % target;
    let filter = filters.get(phase);
    if (filter === undefined) {
      filter = filterOf(phase);
      filters.set(phase, filter);
    }
    const { weights } = filter;
    const first = Math.floor(index / target) * source + filter.first;
    const end = Math.min(weights.length, signal.length - first);
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < end; tap++) sum += weights[tap]! * signal[first + tap]!;
    result[index] = sum;
  }
  return result;
}
