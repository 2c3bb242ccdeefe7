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
import { readDataset, readWeights } from './sources';
import type { ExitCode, Surroundings } from './surroundings';

export async function evaluate(model: string, values: ValuesFor<'evaluate'>, surroundings: Surroundings): Promise<ExitCode> {
  const { output, selectDevice } = surroundings;
  const { document, settings, dataset: itsDataset } = await readModel(surroundings, model);
  const { tensors } = await readWeights(surroundings, values.weights);
  const dataset = unwrap(checkDataset(await readDataset(surroundings, values.dataset, itsDataset, values.memory)));
  const prepared = unwrap(prepareModel(document, settings, dataset));
  unwrap(checkTensors(prepared, tensors, []));
  const device = await selectDevice(values).open();
  try {
    const network = placeOnDevice(device, prepared, unwrap(uploadDataset(device, dataset, settings.batchSize)));
    writeTensors(network, tensors, []);
    const { preparation } = prepared;
    writeStatistics(network.state, preparation, await measureStatistics(dataset, preparation));
    const started = performance.now();
    const total = dataset.splits.test.count;
    const result = await evaluateSplit(network, 'test', (done) => {
      if (!values.json) output.draw(`evaluated ${count(done)} of ${count(total)} samples`);
    });
    const seconds = (performance.now() - started) / 1000;
    const { accuracy, loss, confusion } = result;
    if (values.json) {
      output.json({
        event: 'done',
        testAccuracy: accuracy,
        testLoss: loss,
        samples: result.count,
        classes: dataset.classes,
        confusion,
        seconds,
        device: deviceName(device.description),
      });
      return 0;
    }
    output.line(Number.isNaN(accuracy) ? `test loss ${figure(loss)}` : `test accuracy ${percent(accuracy)}, loss ${figure(loss)}`);
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
