/** What the readers of images share: refusals that end the reading, and samples narrower than a byte. Pure. */
import { failure, ProblemError, success, unwrap, type Outcome, type Problem } from '../../../compute/graph/problem';
import { checkDimensions, type ImageLimits } from './decoded-image';

/** Ends the reading; `attempt` makes a value of it. */
export function refuse(code: string, values: Problem['values']): never {
  throw new ProblemError(failure(code, values).problem);
}

/** What stands in the file cannot be; `reason` names the field, as the format's specification does. */
export const corrupt = (format: string, offset: number, reason: string): never => refuse('image.corrupt', { format, offset, reason });

/** It may be, but is not read here; `feature` names it. */
export const unsupported = (format: string, offset: number, feature: string): never =>
  refuse('image.unsupported', { format, offset, feature });

/** The file ends at `offset`, or the data that stands there does, before what belongs there. */
export const truncated = (format: string, offset: number): never => refuse('image.truncated', { format, offset });

/** The work's value, or the problem with which it was ended. Anything else that is thrown is a bug and goes on. */
export function attempt<Value>(work: () => Value): Outcome<Value> {
  try {
    return success(work());
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** Ends the reading of an image with forbidden sides (`checkDimensions`). */
export function requireDimensions(width: number, height: number, limits: ImageLimits, offset: number, bytes = 4): void {
  unwrap(checkDimensions(width, height, limits, offset, bytes));
}

/** Samples of 1, 2 or 4 bits, the first in the highest, rows beginning at whole bytes: one byte each, not scaled. */
export function unpackSamples(packed: Uint8Array, perRow: number, rows: number, bits: number): Uint8Array {
  if (bits === 8) return packed;
  const samples = new Uint8Array(perRow * rows);
  const rowBytes = Math.ceil((perRow * bits) / 8);
  const mask = (1 << bits) - 1;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    for (let column = 0; column < perRow; column++) {
      const bit = column * bits;
      samples[to++] = ((packed[start + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return samples;
}

/** Colours of indices. `palette` has `channels` bytes an entry. Null if an index has no entry. */
export function applyPalette(indices: Uint8Array, palette: Uint8Array, channels: 3 | 4): Uint8Array | null {
  const colours = new Uint8Array(indices.length * channels);
  for (let pixel = 0, to = 0; pixel < indices.length; pixel++) {
    const from = indices[pixel]! * channels;
    if (from >= palette.length) return null;
    for (let channel = 0; channel < channels; channel++) colours[to++] = palette[from + channel]!;
  }
  return colours;
}

/** Of RGBA the red alone, or the three colours. */
export function withoutOpacity(rgba: Uint8ClampedArray, channels: 1 | 3): Uint8Array {
  const data = new Uint8Array((rgba.length / 4) * channels);
  if (channels === 1) for (let at = 0; at < data.length; at++) data[at] = rgba[4 * at]!;
  else {
    for (let from = 0, at = 0; at < data.length; from += 4, at += 3) {
      data[at] = rgba[from]!;
      data[at + 1] = rgba[from + 1]!;
      data[at + 2] = rgba[from + 2]!;
    }
  }
  return data;
}
