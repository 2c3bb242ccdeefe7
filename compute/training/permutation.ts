/** The order of the samples in an epoch: a shuffle that a seed determines, the same on every machine. Pure. */
import { philox, streamKey } from '../graph/philox';

const STREAM = streamKey('order of samples');

/**
 * Fisher–Yates shuffle of 0 … count − 1 (Knuth, TAOCP 2, algorithm P). `epochStart` is the number of steps before the
 * epoch, so that every epoch has its own order; `part` tells several shuffles of one epoch apart. All three are u32.
 */
export function shuffledOrder(count: number, seed: number, epochStart: number, part = 0): Int32Array {
  const order = sequentialOrder(count);
  const words = new Uint32Array(4);
  for (let last = count - 1; last > 0; last--) {
    philox(last, epochStart, STREAM, part, seed, 0, words);
    // 53 random bits: the bias of the multiplication is below 2⁻²¹ of the chance of any index.
    const fraction = ((words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11)) * 2 ** -53;
    const chosen = Math.floor(fraction * (last + 1));
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}

export const sequentialOrder = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index);
