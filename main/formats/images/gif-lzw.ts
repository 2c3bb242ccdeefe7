/** The variable-length codes of GIF (LZW, GIF89a appendix F) unpacked. Pure, on bytes. */
import { corrupt, truncated } from './reading';

const mostCodes = 4096;

/**
 * Exactly `count` indices from sub-blocks that begin at `start` (the byte before them is the least code size, 2 … 11 bits).
 * What stands after them is left aside.
 */
export function unpackGifCodes(bytes: Uint8Array, start: number, codeSize: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  const prefix = new Uint16Array(mostCodes);
  const suffix = new Uint8Array(mostCodes);
  const lengths = new Uint16Array(mostCodes);
  const clear = 1 << codeSize;
  const end = clear + 1;
  for (let code = 0; code < clear; code++) {
    suffix[code] = code;
    lengths[code] = 1;
  }
  let [next, width, previous] = [end + 1, codeSize + 1, -1];
  let [held, bits, blockLeft, at, filled] = [0, 0, 0, start, 0];
  while (filled < count) {
    while (bits < width) {
      if (blockLeft === 0) {
        if (at >= bytes.length) truncated('GIF', bytes.length);
        blockLeft = bytes[at++]!;
        if (blockLeft === 0) truncated('GIF', at - 1);
      }
      if (at >= bytes.length) truncated('GIF', bytes.length);
      held |= bytes[at++]! << bits;
      bits += 8;
      blockLeft -= 1;
    }
    const code = held & ((1 << width) - 1);
    held >>>= width;
    bits -= width;
    if (code === clear) {
      [next, width, previous] = [end + 1, codeSize + 1, -1];
      continue;
    }
    if (code === end) truncated('GIF', at - 1);
    if (code > next || (previous === -1 && code >= clear)) corrupt('GIF', at - 1, `code ${code}`);
    // The code that is just being made stands for the previous string and its own first index.
    const repeated = code === next;
    const known = repeated ? previous : code;
    const length = lengths[known]!;
    const stop = filled + length;
    let walk = known;
    for (let to = stop - 1; to >= filled; to--) {
      if (to < count) out[to] = suffix[walk]!;
      walk = prefix[walk]!;
    }
    const first = out[filled]!;
    if (repeated && stop < count) out[stop] = first;
    filled = stop + (repeated ? 1 : 0);
    if (previous !== -1 && next < mostCodes) {
      prefix[next] = previous;
      suffix[next] = first;
      lengths[next] = lengths[previous]! + 1;
      next += 1;
      if (next === 1 << width && width < 12) width += 1;
    }
    previous = code;
  }
  return out;
}
