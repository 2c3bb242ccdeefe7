/** Evaluations that do not fit beside the training: in smaller parts where those fit, else refused before anything is trained. */
import { afterAll, describe, expect, it } from 'vitest';
import { openCpuDevice } from '../devices/cpu/cpu-device';
import type { Device } from '../devices/device';
import { outOfMemory } from '../devices/out-of-memory';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ModelDocument } from '../graph/model-document';
import { unwrap } from '../graph/problem';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { deviationOf } from '../testing/comparison';
import { evaluate, prepareEvaluation } from './evaluation';
import type { TrainingEvent } from './progress';
import { createSession, type Session } from './session';

/** Of its 40 samples for validation each needs 80 kB between the layers: more than the training of two at a time. */
const wide = {
  ...perceptron,
  nodes: perceptron.nodes.map((node) => (node.id === 'hidden' ? { ...node, parameters: { units: 20_000 } } : node)),
};
const settings = { ...settingsForTests, batchSize: 2 };

const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.dispose();
});

async function open(device: Device, document: ModelDocument) {
  const events: TrainingEvent[] = [];
  const session = createSession({ openDevice: () => Promise.resolve(device), emit: (event) => void events.push(event) });
  sessions.push(session);
  await session.openDevice();
  await session.loadDataset(learnable());
  return { session, events, configure: () => session.configure({ document, settings, keepWeights: false }) };
}

const cpuWith = async (maximumPages?: number): Promise<Device> =>
  unwrap(await openCpuDevice({ threads: 1, ...(maximumPages === undefined ? {} : { maximumPages }) }));

describe('the memory of an evaluation', () => {
  it('is that of fewer samples at once where it is short: what is measured stays the same', async () => {
    const [roomy, tight] = [await open(await cpuWith(), wide), await open(await cpuWith(90), wide)];
    for (const { configure, session } of [roomy, tight]) {
      await configure();
      await session.step(3);
    }
    const batches = [roomy, tight].map(({ session }) =>
      session.use(async (network) => (await prepareEvaluation(network, 'validation')).batch),
    );
    const [all = 0, some = 0] = await Promise.all(batches);
    expect(all).toBe(40);
    expect(some).toBeLessThan(40);
    const [one, other] = await Promise.all([roomy, tight].map(({ session }) => session.use((network) => evaluate(network, 'validation'))));
    expect(other?.predictions).toEqual(one?.predictions);
    // Both in float32; sums of 20,000 may stand in another order for another number of samples.
    expect(deviationOf(other?.losses ?? [], one?.losses ?? [])).toBeLessThan(1e-5);
  });

  it('is asked for before anything is trained, and named in bytes where not one sample fits', async () => {
    const reference = openReferenceDevice();
    const needed: number[] = [];
    const device: Device = {
      ...reference,
      compile: (program, states) => {
        if (!program.name.startsWith('evaluate')) return reference.compile(program, states);
        needed.push(2 ** 40);
        return Promise.reject(outOfMemory(`the intermediate results of ${program.name}`, 2 ** 40, 2 ** 30));
      },
    };
    const { session, configure } = await open(device, perceptron);
    await expect(configure()).rejects.toMatchObject({ problem: { code: 'device.out-of-memory', values: { needed: 2 ** 40 } } });
    // 40, 20, 10, 5, 3, 2 and 1.
    expect(needed).toHaveLength(7);
    expect(session.position.step).toBe(0);
  });
});
