/** safetensors as a format of files: the codec stands in compute/graph, since the training worker writes it too. */
import { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from '../../compute/graph/safetensors';
import { failure, success } from '../../compute/graph/problem';
import { defineFormat } from './format';

export type { SafetensorsContent } from '../../compute/graph/safetensors';

export const format = defineFormat({
  name: 'safetensors',
  label: 'safetensors',
  extensions: ['.safetensors'],
  /** A header length that fits a header, then JSON. */
  probe: (head) => {
    if (head.length < 9) return false;
    const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
    return length >= 2n && length <= 100_000_000n && head[8] === 0x7b;
  },
  read: decodeSafetensors,
  write: ({ tensors, metadata }: SafetensorsContent) => {
    try {
      return success(encodeSafetensors(tensors, metadata));
    } catch (error) {
      if (error instanceof RangeError) return failure('safetensors.write', { reason: error.message });
      throw error;
    }
  },
});
