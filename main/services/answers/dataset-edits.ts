/** Answers to the calls that change data sets. */
import type { ContractRequest, ContractResponse } from '../../contract/contract';
import type { datasetEditCalls } from '../../contract/dataset-edits';
import type { DatasetEdits } from '../dataset-edits';
import type { DatasetTrash } from '../dataset-trash';
import { done, type AnswersOf } from './answers-of';

type Append = (request: ContractRequest<'datasets.append'>) => Promise<ContractResponse<'datasets.append'>>;

export const datasetEditAnswers = (edits: DatasetEdits, trash: DatasetTrash, append: Append): AnswersOf<typeof datasetEditCalls> => ({
  'datasets.edit': (request) => edits.edit(request),
  'datasets.resplit': (request) => edits.resplit(request),
  'datasets.revert': (request) => edits.revert(request),
  'datasets.rename': (request) => edits.rename(request),
  'datasets.copy': (request) => edits.copy(request),
  'datasets.remove': ({ id }) => done(trash.remove(id)),
  'datasets.restore': ({ id }) => trash.restore(id),
  'datasets.append': (request) => append(request),
});
