/** The data sets that Hebb brings along, by id, in the order in which they are offered. */
import type { BundledDataset } from './bundled-dataset';
import { dataset as colouredShapes } from './coloured-shapes';
import { dataset as mnist } from './mnist';
import { dataset as opticksQueries } from './opticks-queries';
import { dataset as temporalOrder } from './temporal-order';

export const bundledDatasets: ReadonlyMap<string, BundledDataset> = new Map(
  [mnist, colouredShapes, temporalOrder, opticksQueries].map((dataset) => [dataset.id, dataset]),
);
