/** Answers to the calls about data sets. */
import type { Datasets } from '../datasets';
import type { datasetCalls } from '../../contract/datasets';
import type { AnswersOf } from './answers-of';

export const datasetAnswers = (datasets: Datasets): AnswersOf<typeof datasetCalls> => ({
  'datasets.list': () => datasets.list(),
  'datasets.open': ({ id }) => datasets.open(id),
});
