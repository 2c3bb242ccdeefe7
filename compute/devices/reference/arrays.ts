/** The numbers of a tensor on the reference device. */
import type { Arena } from '../../plan/program';

/** Intermediate results and f32 states are float64; states of whole numbers and bytes are read where they lie. */
export type Numbers = Float64Array | Int32Array | Uint8Array;

export function arrayFor({ type, size }: Arena): Numbers {
  switch (type) {
    case 'f32':
      return new Float64Array(size);
    case 'i32':
      return new Int32Array(size);
    case 'u8':
      return new Uint8Array(size);
    default:
      return type satisfies never;
  }
}
