/**
 * Several layers that belong together and are drawn at once: one file of this folder, <kind>.block.ts, that exports
 * `block`. Once drawn they are layers like all others; a document knows no blocks.
 */
import type { ParameterValues } from '../graph/parameter-schema';
import type { Shape } from '../graph/tensor';
import type { LayerGroup } from './layer';

/** What a layer of a block calls the output of whatever stands before the block. */
export const BEFORE_BLOCK = '';

export interface BlockLayer {
  /** Within the block; unique. */
  readonly name: string;
  readonly kind: string;
  /** What differs from the layer's defaults. */
  readonly parameters: ParameterValues;
  /** Names of layers further up, or BEFORE_BLOCK, in the order of the ports. */
  readonly inputs: readonly string[];
}

export interface BlockDefinition {
  readonly kind: string;
  readonly label: string;
  readonly group: LayerGroup;
  readonly help: string;
  /** Its layers, inputs first; the last is its output. `input` is the shape of what stands before, where that is known. */
  readonly layers: (input: Shape | null) => readonly BlockLayer[];
  /** Shapes that it takes and gives back as they are: cases for the tests. */
  readonly samples: readonly Shape[];
}
