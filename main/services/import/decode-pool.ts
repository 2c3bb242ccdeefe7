/** Where images are decoded: here, or in threads beside. */
import { decodeBatch, type DecodedBatch, type DecodingTask } from './decoding';

export interface DecodePool {
  /** How many tasks are worked on at once. */
  readonly width: number;
  decode(task: DecodingTask): Promise<DecodedBatch>;
  close(): Promise<void>;
}

export const localPool: DecodePool = { width: 1, decode: decodeBatch, close: () => Promise.resolve() };
