/** How a data set is divided, as the form that divides it anew begins. Pure. */
import type { ContractRequest } from '../../../../main/contract/contract';
import type { DatasetSummary } from '../data.store';

export type Splits = NonNullable<ContractRequest<'imports.run'>['options']>['splits'];

/** Shares in whole thousandths of all that is not excluded; a tenth each where nothing is. */
export function sharesOf({ train, validation, test }: DatasetSummary['counts']): Splits {
  const all = train + validation + test;
  const share = (count: number): number => (all === 0 ? 0.1 : Math.round((1000 * count) / all) / 1000);
  return { by: 'ratio', validation: share(validation), test: share(test), stratified: true, column: null };
}
