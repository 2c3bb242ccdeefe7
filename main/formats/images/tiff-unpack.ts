/** The compressions of TIFF that are read: PackBits (section 9) and LZW (section 13). Pure, on bytes. */
import { corrupt, truncated } from './reading';

/** Exactly `expected` bytes; what is left over stays aside. `offset` is where `packed` stands in the file. */
export function unpackBits(packed: Uint8Array, expected: number, offset: number): Uint8Array {
  const out = new Uint8Array(expected);
  for (let at = 0, filled = 0; filled < expected;) {
    if (at >= packed.length) truncated('TIFF', offset + packed.length);
    const control = packed[at++]!;
    if (control === 128) continue;
    const count = control < 128 ? control + 1 : 257 - control;
    const end = Math.min(expected, filled + count);
    if (control < 128) {
      if (at + count > packed.length) truncated('TIFF', offset + packed.length);
      out.set(packed.subarray(at, at + end - filled), filled);
      at += count;
    } else {
      if (at >= packed.length) truncated('TIFF', offset + packed.length);
      out.fill(packed[at++]!, filled, end);
    }
    filled = end;
  }
  return out;
}

const clear = 256;
const end = 257;
const mostCodes = 4096;

/** Exactly `expected` bytes of codes whose first bit is the highest and which widen one code early. */
export function unpackTiffCodes(packed: Uint8Array, expected: number, offset: number): Uint8Array {
  const out = new Uint8Array(expected);
  // A string is a piece of what was written: where it begins and how long it is.
  const starts = new Uint32Array(mostCodes);
  const lengths = new Uint32Array(mostCodes);
  let [next, width, previousStart, previousLength] = [end + 1, 9, 0, 0];
  let [held, bits, at, filled] = [0, 0, 0, 0];
  while (filled < expected) {
    while (bits < width) {
      if (at >= packed.length) truncated('TIFF', offset + packed.length);
      held = ((held << 8) | packed[at++]!) & 0xffffff;
      bits += 8;
    }
    bits -= width;
    const code = (held >> bits) & ((1 << width) - 1);
    if (code === clear) {
      [next, width, previousLength] = [end + 1, 9, 0];
      continue;
    }
    if (code === end) truncated('TIFF', offset + at);
    const start = filled;
    if (code < clear) out[filled++] = code;
    else {
      // The code that is just being made stands for the previous string and its own first byte.
      const repeated = code === next;
      if (code > next || (repeated && (previousLength === 0 || next === mostCodes))) corrupt('TIFF', offset + at - 1, `code ${code}`);
      const from = repeated ? previousStart : starts[code]!;
      const stop = Math.min(expected, filled + (repeated ? previousLength + 1 : lengths[code]!));
      for (let source = from; filled < stop; source++) out[filled++] = out[source]!;
    }
    if (previousLength > 0 && next < mostCodes) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next += 1;
      if (next + 1 === 1 << width && width < 12) width += 1;
    }
    previousStart = start;
    previousLength = filled - start;
  }
  return out;
}
