/**
 * A process that saves without end, for the test that kills it: says on its standard output what it is about to do and
 * what is done. `node saving-process.js HOME FIRST [PHASE CALLS]`: FIRST is the number of the first save. With PHASE
 * (saving, appending or checkpointing) it makes CALLS file-system calls in phases of that kind, says `halted` and
 * stands still in the middle of that writing.
 */
import { writeSync } from 'node:fs';
import { encodeSafetensors } from '../../../compute/graph/safetensors';
import { nodeFileSystem } from '../../storage/file-system';
import { faultyFileSystem } from '../../storage/testing/faulty-file-system';
import { placesIn, smallContent, startServices } from './home';

const [home = '', first = '1', haltingPhase = 'none', callsToHalt = '0'] = process.argv.slice(2);

/** Reaches the reader even if the process is killed right after. */
const say = (...words: readonly (string | number)[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

let phase = '';
let callsLeft = Number(callsToHalt);
const fileSystem = faultyFileSystem(nodeFileSystem, {
  at: null,
  fault: 'EIO',
  lasting: false,
  before: () => {
    if (phase !== haltingPhase || callsLeft-- > 0) return;
    say('halted');
    // Nothing wakes it: it stands there until it is killed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
const caller = await startServices(placesIn(home), fileSystem);
const project =
  (await caller.call('projects.last', null)) ?? (await caller.call('projects.create', { name: 'Killed', content: smallContent(0) }));
const { token } = project;
const { runId } = await caller.call('runs.create', { project: token, settings: {}, document: {}, dataset: 'mnist', device: {} });
say('ready', runId);
for (let mark = Number(first); ; mark++) {
  say('saving', mark);
  phase = 'saving';
  await caller.call('projects.save', { token, content: smallContent(mark) });
  say('saved', mark);
  phase = 'appending';
  await caller.call('runs.append', { project: token, runId, records: [{ mark }, { mark, second: true }] });
  say('appended', mark);
  phase = 'checkpointing';
  const weights = encodeSafetensors([{ name: 'w', shape: [20_000], data: new Float32Array(20_000).fill(mark) }]);
  const begun = await caller.call('checkpoints.begin', { project: token, runId });
  await caller.put(begun.weightsUrl, weights);
  await caller.put(begun.optimizerUrl, weights);
  const state = { position: { step: mark, epoch: 0 } };
  await caller.call('checkpoints.commit', { project: token, checkpoint: begun.checkpoint, state, validationAccuracy: null, pinned: false });
  say('checkpointed', mark);
}
