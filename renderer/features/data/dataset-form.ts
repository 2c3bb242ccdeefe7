/** A data set in the engine's words. Pure. */
import type { DatasetForm } from '../../../compute/training/model';
import type { Dataset } from './sample-reader';

/** Only tokens have a vocabulary, only a regression names its targets. */
export const formOf = ({
  name,
  sampleShape,
  sampleType,
  labelShape,
  classes,
  targetNames,
  symbols,
}: Pick<Dataset, 'name' | 'sampleShape' | 'sampleType' | 'labelShape' | 'classes' | 'targetNames' | 'symbols'>): DatasetForm => ({
  name,
  sampleShape,
  sampleType,
  labelShape,
  classes,
  ...(targetNames.length > 0 ? { targetNames } : {}),
  ...(sampleType === 'i32' ? { vocabulary: symbols.length } : {}),
});
