/** What the edges of an ONNX graph carry while it is read: constants, outputs of our nodes, and the beginnings of patterns. */
import type { Shape } from '../../../../compute/graph/tensor';
import { shapeOfView, type View } from '../../models/views';
import type { Tree } from '../../models/elementwise';
import type { WeightData } from '../../models/network-builder';
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
  /** The shape that they were brought into for a mask; null where they have their own. */
  readonly form: Shape | null;
}

/** Queries, keys or values of one head as a dense layer of a source. */
export interface Projection {
  readonly source: string;
  readonly weight: WeightData;
  readonly bias: WeightData;
}

/** What some heads make of a sequence, on their way to be put together with the other heads. */
export interface HeadsValue {
  readonly kind: 'heads';
  /** Of each head, the queries having taken over the scale. */
  readonly parts: readonly (readonly [query: Projection, key: Projection, value: Projection])[];
  readonly causal: boolean;
  /** The queries of the first, whose axes are those of the result. */
  readonly query: View;
  readonly features: number;
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

export type Value = Constant | TensorValue | FormulaValue | NormPart | ScoresValue | HeadsValue | RowsValue | AboveValue;

export const tensor = (view: View): TensorValue => ({ kind: 'tensor', view });

/** The scores' own, whatever form they are in. */
export function shapeOfScores({ query, key }: ScoresValue): Shape {
  return [...shapeOfView(query).slice(0, -1), shapeOfView(key).at(-1) ?? 1];
}
