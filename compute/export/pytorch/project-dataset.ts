/** What a PyTorch project says of its data. */
import type { Shape } from '../../graph/tensor';

/** What the network is trained on, as far as a project has to know. */
export interface ProjectDataset {
  readonly name: string;
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** Axes of the labels of one sample; [] for one label. */
  readonly labelShape: Shape;
  /** 0 where labels are numbers. */
  readonly classes: number;
  readonly targetNames: readonly string[];
  /** What the numbers of a sample are made of, and told numbers mean, in words: of a table, a line a column; else []. */
  readonly columns: readonly string[];
}
