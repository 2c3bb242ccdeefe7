/** What the converter of an ONNX operator is; the tables of them stand beside. */
import type { NodeContext } from '../node-context';

export interface OperatorConverter {
  /** The layers that it becomes, by their labels; '' where none is needed. */
  readonly becomes: string;
  /** Under which conditions, as a sentence; '' where there are none. */
  readonly conditions: string;
  /** Gives values to the outputs. Throws a Refusal where no layer computes the same. */
  readonly convert: (context: NodeContext) => void;
}

export type OperatorTable = Readonly<Record<string, OperatorConverter>>;

export const operator = (becomes: string, conditions: string, convert: OperatorConverter['convert']): OperatorConverter => ({
  becomes,
  conditions,
  convert,
});
