/** The data sets that Hebb brings along, by id, in the order in which they are offered. */
import type { BundledDataset } from './bundled-dataset';
import { dataset as colouredShapes } from './coloured-shapes';
import { dataset as fashionMnist } from './fashion-mnist';
import { dataset as iris } from './iris';
import { addingProblem, copyMemory } from './memory-tasks';
import { dataset as mnist } from './mnist';
import { dataset as opticksQueries } from './opticks-queries';
import { datasets as planarToys } from './planar-toys';
import { dataset as temporalOrder } from './temporal-order';

export const bundledDatasets: ReadonlyMap<string, BundledDataset> = new Map(
  [mnist, fashionMnist, colouredShapes, iris, ...planarToys, temporalOrder, addingProblem, copyMemory, opticksQueries].map((dataset) => [
    dataset.id,
    dataset,
  ]),
);
