/** What an export tells of a data set, from its manifest. */
import type { ProjectDataset } from '../../../compute/export/pytorch/project-dataset';
import type { DatasetColumn, DatasetManifest } from '../dataset-manifest';

/** As many digits as tell float32 numbers apart. */
const figure = (value: number): string => String(Number(value.toPrecision(9)));

/** `2: age, as (x - 45.1) / 25.6`: the numbers of a sample, or of its target, that a column became. */
function columnText({ name, use, at, width, kind, categories, standardised, mean, deviation }: DatasetColumn): string {
  const places = width === 1 ? String(at) : `${String(at)} to ${String(at + width - 1)}`;
  const meaning =
    standardised && mean !== null && deviation !== null
      ? `, as (x - ${figure(mean)}) / ${figure(deviation)}`
      : kind === 'categorical' && width > 1
        ? `, 1 for its own of ${categories.join(', ')} and 0 for the others`
        : '';
  return `${use === 'target' ? 'target ' : ''}${places}: ${name}${meaning}`;
}

export const projectDatasetOf = ({ name, sampleType, labelShape, classes, targetNames, columns }: DatasetManifest): ProjectDataset => ({
  name,
  sampleType,
  labelShape,
  classes: classes.length,
  targetNames,
  columns: columns.filter(({ use }) => use === 'input' || targetNames.length > 0).map(columnText),
});
