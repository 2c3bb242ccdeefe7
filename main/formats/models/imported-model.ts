/** What comes of reading another software's model: a document, its weights and a report of how it went. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';

/** A part of the file's graph, as it is called there. */
export interface SourceNode {
  readonly name: string;
  readonly operator: string;
}

export interface ConvertedNode extends SourceNode {
  /** Our nodes that compute it; none where it changes only the form of numbers, or was computed while reading. */
  readonly nodes: readonly string[];
}

export interface RemarkedNode extends SourceNode {
  readonly reason: string;
}

export interface ImportReport {
  /** Such as `ONNX opset 17, pytorch 1.13.1`. */
  readonly source: string;
  readonly converted: readonly ConvertedNode[];
  /** Computes nearly the same, or the same in evaluation but not in training. */
  readonly approximated: readonly RemarkedNode[];
  /** What stands in the way; then there is no model. */
  readonly refused: readonly RemarkedNode[];
  /** What a person should know of the whole. */
  readonly notes: readonly string[];
}

export interface ImportedModel {
  readonly document: ModelDocument;
  readonly weights: readonly SafetensorsEntry[];
}

export interface ModelImport {
  /** Null where something was refused. */
  readonly model: ImportedModel | null;
  /** Which axis of the file's output is that of the batch, which is the first one here; null where it has none. */
  readonly batchAxis: number | null;
  readonly report: ImportReport;
}

/** A part of the graph that has no counterpart here, with the reason as a sentence. Ends as a line of the report. */
export class Refusal extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'Refusal';
  }
}
