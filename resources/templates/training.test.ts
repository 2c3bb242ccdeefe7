/** Each template trained for a few steps on its own data, twice on each device: the losses are numbers, the bytes are the same, on any number of threads. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../compute/devices/device';
import { openCpuDevice } from '../../compute/devices/cpu/cpu-device';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { unwrap } from '../../compute/graph/problem';
import { sizeOf } from '../../compute/graph/tensor';
import { trainingSettingsSchema } from '../../compute/graph/training-settings';
import { encodeCheckpoint } from '../../compute/training/checkpoint';
import type { Dataset } from '../../compute/training/dataset';
import { createSession } from '../../compute/training/session';
import { devicesForTests } from '../../main/cli/testing/devices';
import { threadsForTests } from '../../main/cli/testing/threads';
import type { BundledDataset } from '../../main/services/bundled/bundled-dataset';
import { bundledDatasets } from '../../main/services/bundled/registry';
import type { SampleTable } from '../../main/services/dataset-cache';
import { noProgress } from '../../main/services/jobs';
import { templates } from '../../main/services/templates';
import { nodeFileSystem } from '../../main/storage/file-system';

const STEPS = 2;
const BATCH = 2;
/** One batch more than is trained on, so that no epoch ends and nothing is evaluated. */
const SAMPLES = (STEPS + 1) * BATCH;

const tables = new Map<string, SampleTable>();

/** Read or made once, whichever templates use it. */
async function tableOf({ id, read }: BundledDataset): Promise<SampleTable> {
  const table = tables.get(id) ?? (await read(nodeFileSystem, noProgress)).train.table;
  tables.set(id, table);
  return table;
}

/** The first samples of the training split, and one for validation. */
async function beginningOf(id: string): Promise<Dataset> {
  const bundled = bundledDatasets.get(id);
  if (bundled === undefined) throw new Error(`there is no data set ${id}`);
  const { name, sampleShape, sampleType, labelShape, classes, symbols } = bundled;
  const { values, labels } = await tableOf(bundled);
  const part = (count: number) => ({
    count,
    samples: values.slice(0, count * sizeOf(sampleShape)),
    labels: labels.slice(0, count * sizeOf(labelShape)),
  });
  const vocabulary = sampleType === 'i32' ? { vocabulary: symbols.length } : {};
  const splits = { train: part(SAMPLES), validation: part(1), test: part(1) };
  return { name, sampleShape, sampleType, labelShape, classes, ...vocabulary, splits };
}

/** Of all bytes of a checkpoint: millions of numbers are compared at once. */
function sumOf({ weights, optimizer }: ReturnType<typeof encodeCheckpoint>): string {
  const hash = createHash('sha256');
  for (const bytes of [weights, optimizer]) hash.update(bytes);
  return hash.digest('hex');
}

const deviceOf = devicesForTests();
let alone: Device;
beforeAll(async () => {
  alone = unwrap(await openCpuDevice({ host: await threadsForTests(), threads: 1 }));
});
afterAll(() => {
  alone.dispose();
});

describe.each(templates.map(({ id, content }) => ({ id, content })))('$id', ({ content }) => {
  it.each([
    ['WebGPU, twice', () => [deviceOf('webgpu'), deviceOf('webgpu')]],
    ['the CPU, once on two threads and once on one', () => [deviceOf('cpu'), alone]],
  ] as const)('trains, and ends in the same bytes each time: on %s', { timeout: 120_000 }, async (_where, devices) => {
    const document = v.parse(modelDocumentSchema, content.document);
    const settings = { ...v.parse(trainingSettingsSchema, content.training), batchSize: BATCH, epochs: 1 };
    const dataset = await beginningOf(content.dataset.id);
    const endings = [];
    for (const device of devices()) {
      const losses: number[] = [];
      const session = createSession({
        openDevice: () => Promise.resolve({ ...device, dispose: () => undefined }),
        emit: (event) => {
          if (event.type === 'progress') losses.push(...event.metrics.map(({ loss }) => loss));
        },
      });
      await session.openDevice();
      await session.loadDataset(dataset);
      await session.configure({ document, settings, keepWeights: false });
      const before = (await session.snapshot(true))?.weights.map(({ data }) => data[0]);
      await session.step(STEPS);
      const snapshot = await session.snapshot(true);
      expect(losses).toHaveLength(STEPS);
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(snapshot?.weights.map(({ data }) => data[0])).not.toEqual(before);
      endings.push(snapshot === null ? null : sumOf(encodeCheckpoint(snapshot)));
      session.dispose();
    }
    expect(endings[0]).not.toBeNull();
    expect(endings[1]).toEqual(endings[0]);
  });
});
