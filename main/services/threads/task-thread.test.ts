/** Tasks in threads: what they answer, and that one that loops, takes all memory or is cancelled is ended with a typed error. */
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { noProgress, type Progress } from '../jobs';
import { ServiceError } from '../service-error';
import { awaitTask, type TaskBounds } from './task-thread';

const bounds = (longest = Infinity, cancelled: TaskBounds['cancelled'] = 'ended'): TaskBounds => ({
  longest,
  cancelled,
  stopped: (reason) => new ServiceError(`test.${reason}`, { file: 'x' }),
});

const ended: Promise<number>[] = [];
function threadOf(program: string, maxOldGenerationSizeMb = 64): Worker {
  const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${program}`, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb },
  });
  ended.push(new Promise((resolve) => worker.once('exit', resolve)));
  return worker;
}

const cancelledProgress: Progress = {
  report: () => {
    throw new ServiceError('job.cancelled');
  },
};

it('answers, tells how far it is, and fails with the problem that it foresaw', async () => {
  const told: [number, string][] = [];
  const progress: Progress = { report: (fraction, message) => void told.push([fraction, message]) };
  const program = `parentPort.postMessage({ type: 'progress', fraction: 0.5, message: 'reading' }); parentPort.postMessage({ type: 'done', answer: 7 });`;
  expect(await awaitTask(threadOf(program), progress, bounds())).toBe(7);
  expect(told).toContainEqual([0.5, 'reading']);
  const refusing = `parentPort.postMessage({ type: 'failed', code: 'model.damaged', values: { offset: 3 } });`;
  await expect(awaitTask(threadOf(refusing), noProgress, bounds())).rejects.toMatchObject({ code: 'model.damaged', values: { offset: 3 } });
  await expect(awaitTask(threadOf('throw new Error("a bug")'), noProgress, bounds())).rejects.toThrow('a bug');
  await expect(awaitTask(threadOf('process.exit(3)'), noProgress, bounds())).rejects.toThrow('ended with 3');
});

it('is ended where it loops, takes all memory, or somebody cancels', async () => {
  const looping = 'for (;;);';
  await expect(awaitTask(threadOf(looping), noProgress, bounds(0))).rejects.toMatchObject({ code: 'test.time', values: { file: 'x' } });
  await expect(awaitTask(threadOf(looping), cancelledProgress, bounds())).rejects.toMatchObject({ code: 'job.cancelled' });
  const hungry = 'const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length));';
  await expect(awaitTask(threadOf(hungry, 32), noProgress, bounds())).rejects.toMatchObject({ code: 'test.memory' });
});

it('is asked to end where it has to clear away what it made', async () => {
  const clearing = `parentPort.once('message', (word) => parentPort.postMessage({ type: 'failed', code: 'job.cancelled', values: { word } }));`;
  await expect(awaitTask(threadOf(clearing), cancelledProgress, bounds(Infinity, 'asked'))).rejects.toMatchObject({
    code: 'job.cancelled',
    values: { word: 'cancel' },
  });
});

it('leaves no thread behind', async () => {
  // Each of the threads above has ended, those that loop too; this would wait for ever otherwise.
  expect((await Promise.all(ended)).length).toBe(8);
});
