/**
 * A process that saves without end, for the test that kills it: says on its standard output what it is about to do and
 * what is done. `node saving-process.js HOME FIRST`: FIRST is the number of the first save.
 */
import { writeSync } from 'node:fs';
import { encodeSafetensors } from '../../../compute/graph/safetensors';
import { placesIn, smallContent, startServices } from './home';

const [home = '', first = '1'] = process.argv.slice(2);

/** Reaches the reader even if the process is killed right after. */
const say = (...words: readonly (string | number)[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

const caller = await startServices(placesIn(home));
const project =
  (await caller.call('projects.last', null)) ?? (await caller.call('projects.create', { name: 'Killed', content: smallContent(0) }));
const { token } = project;
const { runId } = await caller.call('runs.create', { project: token, settings: {}, document: {}, dataset: 'mnist', device: {} });
say('ready', runId);
for (let mark = Number(first); ; mark++) {
  say('saving', mark);
  await caller.call('projects.save', { token, content: smallContent(mark) });
  say('saved', mark);
  await caller.call('runs.append', { project: token, runId, records: [{ mark }, { mark, second: true }] });
  say('appended', mark);
  const weights = encodeSafetensors([{ name: 'w', shape: [20_000], data: new Float32Array(20_000).fill(mark) }]);
  const begun = await caller.call('checkpoints.begin', { project: token, runId });
  await caller.put(begun.weightsUrl, weights);
  await caller.put(begun.optimizerUrl, weights);
  const state = { position: { step: mark, epoch: 0 } };
  await caller.call('checkpoints.commit', { project: token, checkpoint: begun.checkpoint, state, validationAccuracy: null, pinned: false });
  say('checkpointed', mark);
}
