/** What the edges of an ONNX graph carry while it is read: constants, outputs of our nodes, and the beginnings of patterns. */
import type { Shape } from '../../../../compute/graph/tensor';
import { shapeOfView, type View } from '../../models/views';
import type { Tree } from '../../models/elementwise';
import type { Constant } from './constants';

export interface TensorValue {
  readonly kind: 'tensor';
  readonly view: View;
}

/** Numbers of which each follows from the numbers at the same place of its leaves; made into layers when one takes it. */
export interface FormulaValue {
  readonly kind: 'formula';
  readonly tree: Tree;
}

/** Parts of a layer norm that is written as means, differences and quotients along the last axis. */
export interface NormPart {
  readonly kind: 'norm';
  readonly part: 'mean' | 'centred' | 'squares' | 'variance' | 'stable' | 'deviation';
  readonly view: View;
  readonly epsilon: number;
}

/** Products of queries and keys on their way to an attention. */
export interface ScoresValue {
  readonly kind: 'scores';
  readonly query: View;
  /** As [..., features, steps]. */
  readonly key: View;
  readonly scale: number;
  readonly causal: boolean;
  readonly shares: boolean;
}

/** Averages of the rows of an image, on their way to an adaptive average pool. */
export interface RowsValue {
  readonly kind: 'rows';
  readonly matrix: Constant;
  readonly view: View;
}

/** Whether numbers exceed another: a Threshold once they are made numbers again. */
export interface AboveValue {
  readonly kind: 'above';
  readonly tree: Tree;
  readonly threshold: number;
}

export type Value = Constant | TensorValue | FormulaValue | NormPart | ScoresValue | RowsValue | AboveValue;

export const tensor = (view: View): TensorValue => ({ kind: 'tensor', view });

export function shapeOfScores({ query, key }: ScoresValue): Shape {
  return [...shapeOfView(query).slice(0, -1), shapeOfView(key).at(-1) ?? 1];
}
