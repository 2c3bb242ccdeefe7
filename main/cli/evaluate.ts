/** `hebb evaluate`: weights measured on the test split of a data set. */
import { unwrap } from '../../compute/graph/problem';
import { checkDataset } from '../../compute/training/dataset';
import { uploadDataset } from '../../compute/training/dataset-placement';
import { evaluate as evaluateSplit } from '../../compute/training/evaluation';
import { prepareModel } from '../../compute/training/model';
import { placeOnDevice } from '../../compute/training/network-on-device';
import { writeStatistics } from '../../compute/training/preparation';
import { measureStatistics } from '../../compute/training/statistics';
import { checkTensors, writeTensors } from '../../compute/training/snapshot';
import type { ValuesFor } from './commands';
import { deviceName } from './device';
import { readModel } from './model-source';
import { count, duration, figure, percent } from './numbers';
import { scaled } from './preparation-options';
import { readDataset, readWeights } from './sources';
import type { ExitCode, Surroundings } from './surroundings';
import { testOf, testText } from './training-report';

export async function evaluate(model: string, values: ValuesFor<'evaluate'>, surroundings: Surroundings): Promise<ExitCode> {
  const { output, selectDevice } = surroundings;
  const { document, settings: drawn, dataset: itsDataset, learnt } = await readModel(surroundings, model);
  const preparation = scaled(drawn.preparation, values);
  const settings = { ...drawn, loss: values.loss ?? drawn.loss, target: values.target ?? drawn.target, preparation };
  const { tensors } = await readWeights(surroundings, values.weights, learnt);
  const dataset = unwrap(checkDataset(await readDataset(surroundings, values.dataset, itsDataset, values.memory)));
  const prepared = unwrap(prepareModel(document, settings, dataset));
  unwrap(checkTensors(prepared, tensors, []));
  const device = await selectDevice(values).open();
  try {
    const network = placeOnDevice(device, prepared, unwrap(uploadDataset(device, dataset, settings.batchSize)));
    writeTensors(network, tensors, []);
    writeStatistics(network.state, prepared.preparation, await measureStatistics(dataset, prepared.preparation));
    const started = performance.now();
    const total = dataset.splits.test.count;
    const result = await evaluateSplit(network, 'test', (done) => {
      if (!values.json) output.draw(`evaluated ${count(done)} of ${count(total)} samples`);
    });
    const seconds = (performance.now() - started) / 1000;
    const { confusion, regression } = result;
    if (values.json) {
      output.json({
        event: 'done',
        ...testOf(result),
        samples: result.count,
        classes: dataset.classes,
        confusion,
        ...(regression === null ? {} : { targets: regression.targets }),
        seconds,
        device: deviceName(device.description),
      });
      return 0;
    }
    output.line(testText(testOf(result)));
    // One target is told of already.
    if (regression !== null && regression.targets.length > 1)
      for (const { name, meanAbsoluteError, r2 } of regression.targets)
        output.line(`  ${name}: MAE ${figure(meanAbsoluteError)}, R² ${figure(r2)}`);
    confusion.forEach((row, label) => {
      const samples = row.reduce((sum, predicted) => sum + predicted, 0);
      const right = row[label] ?? 0;
      output.line(
        `  ${dataset.classes[label] ?? String(label)}: ${samples === 0 ? 'no samples' : `${percent(right / samples)} of ${count(samples)}`}`,
      );
    });
    output.line(`${count(result.count)} samples in ${duration(seconds)} on ${deviceName(device.description)}`);
    return 0;
  } finally {
    device.dispose();
  }
}
