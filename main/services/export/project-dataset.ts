/** What a PyTorch project has to know of a data set, from its manifest. */
import type { ProjectDataset } from '../../../compute/export/pytorch/project-dataset';
import type { DatasetManifest } from '../dataset-manifest';

export const projectDatasetOf = ({ name, sampleType, labelShape, classes, targetNames }: DatasetManifest): ProjectDataset => ({
  name,
  sampleType,
  labelShape,
  classes: classes.length,
  targetNames,
});
