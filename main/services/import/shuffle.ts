/** An order by lot that depends on count and seed alone (Fisher and Yates, as Durstenfeld wrote it, 1964). Pure. */
import { philox, streamKey } from '../../../compute/graph/philox';

export function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const stream = streamKey('import.order');
  const words = new Uint32Array(4);
  for (let last = count - 1; last > 0; last--) {
    philox(last, 0, 0, 0, seed, stream, words);
    // 53 bits over at most 2³²: the bias is below one of a million.
    const draw = ((words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11)) / 2 ** 53;
    const chosen = Math.floor(draw * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
