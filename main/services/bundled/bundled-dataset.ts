/** What a data set is that Hebb brings along: told before it is made, made ready on first use. */
import type { Shape } from '../../../compute/graph/tensor';
import type { FileSystem } from '../../storage/file-system';
import type { SplitName } from '../../../compute/graph/sample-splits';
import type { SampleParts } from '../dataset-cache';
import type { DatasetDescription } from '../dataset-writer';
import type { Progress } from '../jobs';

export interface BundledDataset extends DatasetDescription {
  /** Of one sample. */
  readonly sampleShape: Shape;
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** Of the labels of one sample: [] for one label. */
  readonly labelShape: Shape;
  /** What the numbers of the labels are; absent where labels are classes. */
  readonly targetNames?: readonly string[];
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Whether this machine has the files that it is read from; absent where Hebb itself has them. */
  readonly isThere?: (fileSystem: FileSystem) => Promise<boolean>;
  /** The samples, the same each time. Errors: dataset.package-missing and those of the disk, where it is read from files. */
  readonly read: (fileSystem: FileSystem, progress: Progress) => Promise<SampleParts>;
}
