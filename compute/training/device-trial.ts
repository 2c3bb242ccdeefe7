/**
 * How long a training step takes on a device, found by taking some: on a network and samples of its own, which are gone
 * afterwards. It knows no session.
 */
import type { Device } from '../devices/device';
import { unwrap } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import type { Dataset } from './dataset';
import { uploadDataset } from './dataset-placement';
import { samplesAt } from './sample-source';
import { watchDevice } from './device-watch';
import type { Model } from './model';
import { placeOnDevice } from './network-on-device';
import { START, initialWeights, writeTensors } from './snapshot';
import { stepsPerEpochOf } from './states';
import { createTrainer } from './trainer';

/** A training step that could be taken. */
export interface TrainingPlan {
  readonly model: Model;
  readonly dataset: Dataset;
}

/** Milliseconds of steps that are timed on each device. */
const TRIAL = 200;
/** So many batches go to the device, or as many as fit into so many bytes: the step reads one at a time. */
const BATCHES = 64;
const SAMPLE_BYTES = 32 * 2 ** 20;

/** As many whole batches of the training split as a trial needs, in memory; the other splits are empty. */
async function someOf({ model, dataset }: TrainingPlan): Promise<Dataset> {
  const { count, samples, labels } = dataset.splits.train;
  const batch = Math.min(model.settings.batchSize, count);
  const size = sizeOf(dataset.sampleShape);
  const fitting = Math.floor(SAMPLE_BYTES / (batch * size * (dataset.sampleType === 'u8' ? 1 : 4)));
  const taken = batch * Math.max(1, Math.min(BATCHES, fitting, Math.floor(count / batch)));
  const some = await samplesAt(
    samples,
    size,
    Uint32Array.from({ length: taken }, (_, place) => place),
  );
  const nothing = { count: 0, samples: some.subarray(0, 0), labels: labels.subarray(0, 0) };
  const train = { count: taken, samples: some, labels: labels.subarray(0, (taken * labels.length) / count) };
  return { ...dataset, splits: { train, validation: nothing, test: nothing } };
}

/**
 * Milliseconds that a step of this plan takes here, after one that warms up; compiling is not counted. Rejects where the device
 * cannot compile the plan, holds too little memory or is lost. `now` gives milliseconds from any origin.
 */
export async function timeTrainingStep(device: Device, plan: TrainingPlan, now: () => number): Promise<number> {
  const { model } = plan;
  const dataset = await someOf(plan);
  const { guard } = watchDevice(device);
  const network = placeOnDevice(device, model, unwrap(uploadDataset(device, dataset, model.settings.batchSize)));
  const steps = stepsPerEpochOf(dataset, model.settings.batchSize);
  const rates = () => new Float64Array(steps).fill(model.settings.learningRate);
  const trainer = createTrainer(network, { start: START, onMetrics: () => undefined, rates, now, guard });
  try {
    writeTensors(network, initialWeights(model), []);
    trainer.place(START);
    await trainer.prepare();
    await trainer.run(1, () => false);
    const started = now();
    const over = (): boolean => now() - started >= TRIAL;
    let taken = 0;
    do {
      const before = trainer.cursor.step;
      const { type } = await trainer.run(Infinity, over);
      taken += trainer.cursor.step - before;
      // A step that is refused, for a number that is not finite or by a rule, takes as long as others.
      if (type === 'bad-number' || type === 'rule') trainer.place(START);
    } while (!over());
    return taken > 0 ? (now() - started) / taken : (trainer.stepMilliseconds ?? Infinity);
  } finally {
    network.dispose();
  }
}
