/** Threads that decode are watched: one that loops or takes all memory is ended, and all other images are decoded. */
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { DecodingTask } from './decoding';
import { decodeGuarded } from './guarded-decoding';
import { createDecoder } from './decoders';

/** Speaks as a thread that decodes does; an image of 255 never ends, one of 254 takes all memory. Beginnings lie a minute back, so that nobody waits. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const state = new Float64Array(workerData);
parentPort.on('message', ({ images }) => {
  images.forEach(([value], place) => {
    state[0] = place;
    state[1] = Date.now() - (value === 255 ? 60_000 : 0);
    while (value === 255);
    const kept = [];
    while (value === 254) kept.push(new Array(1e6).fill(value + kept.length));
  });
  state[1] = 0;
  parentPort.postMessage({ ok: true, batch: { values: Uint8Array.from(images, ([value]) => value), problems: images.map(() => null), bytes: images.length } });
});`;

const task = (...values: number[]): DecodingTask => ({
  images: values.map((value) => Uint8Array.of(value)),
  form: { width: 1, height: 1, channels: 1, fit: 'stretch' },
});

it('images at which decoding does not end are left out by name', async () => {
  let started = 0;
  const decoder = createDecoder((progress) => {
    started++;
    return new Worker(program, { eval: true, workerData: progress, resourceLimits: { maxOldGenerationSizeMb: 32 } });
  });
  const codes = (problems: readonly ({ readonly code: string } | null)[]) => problems.map((problem) => problem?.code ?? null);
  const { values, problems, bytes } = await decodeGuarded(task(1, 2, 255, 4, 254, 6), decoder.attempt);
  expect([...values]).toEqual([1, 2, 4, 6]);
  expect(codes(problems)).toEqual([null, null, 'image.too-slow', null, 'image.too-much-memory', null]);
  expect(bytes).toBe(4);
  // Each that was ended made way for another: twice in company, once again alone, and for time a third time.
  expect(started).toBe(1 + 3 + 2);
  expect([...(await decodeGuarded(task(7, 8), decoder.attempt)).values]).toEqual([7, 8]);
  await decoder.close();
});
