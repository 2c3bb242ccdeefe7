/** `hebb datasets`: which there are, and what is known of one. */
import { listDatasets } from '../services/datasets';
import { readImportReport } from '../services/imports';
import { ServiceError } from '../services/service-error';
import type { ValuesFor } from './commands';
import { count } from './numbers';
import { datasetIdOf } from './sources';
import type { ExitCode, Surroundings } from './surroundings';

export async function datasets(
  words: readonly string[],
  { json }: ValuesFor<'datasets'>,
  { fileSystem, places, output }: Surroundings,
): Promise<ExitCode> {
  const all = await listDatasets(fileSystem, places);
  const [wanted] = words;
  if (wanted === undefined) {
    if (json) output.json(...all);
    const width = Math.max(...all.map(({ id }) => id.length));
    if (!json)
      for (const { id, name, sampleShape, counts, classes, targetNames } of all) {
        const samples = counts.train + counts.validation + counts.test;
        const targets = classes.length > 0 ? `${count(classes.length)} classes` : targetNames.join(', ');
        output.line(`${id.padEnd(width)}  ${name}, ${count(samples)} samples of ${sampleShape.join('×')}, ${targets}`);
      }
    return 0;
  }
  const found = await datasetIdOf({ fileSystem, places }, wanted);
  const dataset = all.find(({ id }) => id === found);
  if (dataset === undefined) throw new ServiceError('dataset.unknown', { dataset: wanted });
  const report = dataset.bundled ? null : await readImportReport(fileSystem, places, dataset.id);
  if (json) {
    output.json({ ...dataset, report });
    return 0;
  }
  const { train, validation, test, excluded } = dataset.counts;
  output.line(`${dataset.name} (${dataset.id}), samples of ${dataset.sampleShape.join('×')}, licence ${dataset.licence}`);
  output.line(
    `  ${count(train)} for training, ${count(validation)} for validation, ${count(test)} for the test, ${count(excluded)} excluded`,
  );
  if (report === null) {
    output.line(
      `  ${dataset.classes.length > 0 ? `classes: ${dataset.classes.join(', ')}` : `targets: ${dataset.targetNames.join(', ')}`}`,
    );
    return 0;
  }
  output.line(
    `  imported: ${count(report.read)} read, ${count(report.skipped)} left out; ${count((dataset.repeats ?? report.duplicates).acrossSplits)} samples in more than one split`,
  );
  for (const each of report.classes) output.line(`  ${each.name}: ${count(each.train)} + ${count(each.validation)} + ${count(each.test)}`);
  return 0;
}
