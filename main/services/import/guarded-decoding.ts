/**
 * Images decoded by something that may never end: which image it was at is known, it alone is tried once more with more time,
 * and then left out. It knows no threads.
 */
import type { DecodedBatch, DecodingTask } from './decoding';

/** Decoding ended at that image of the task, without an answer. */
export interface Stopped {
  readonly at: number;
  readonly reason: 'time' | 'memory';
}

/** Gives up after `patience` times the usual time. */
export type Attempt = (task: DecodingTask, patience: number) => Promise<DecodedBatch | Stopped>;

/** Times longer than usual that an image has when it is alone: a busy machine is no fault of the file. */
const secondPatience = 3;

const joined = (parts: readonly DecodedBatch[]): DecodedBatch => ({
  values: Uint8Array.from(Buffer.concat(parts.map(({ values }) => values))),
  problems: parts.flatMap(({ problems }) => problems),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** All images of the task; those at which decoding does not end have the problem image.too-slow or image.too-much-memory. */
export async function decodeGuarded(task: DecodingTask, attempt: Attempt, patience = 1): Promise<DecodedBatch> {
  const { images } = task;
  const answer = await attempt(task, patience);
  if (!('at' in answer)) return answer;
  const { at, reason } = answer;
  if (images.length === 1) {
    if (patience === 1 && reason === 'time') return await decodeGuarded(task, attempt, secondPatience);
    const code = reason === 'time' ? 'image.too-slow' : 'image.too-much-memory';
    return { values: new Uint8Array(0), problems: [{ code, values: { offset: 0 } }], bytes: 0 };
  }
  const place = Math.min(at, images.length - 1);
  const parts: DecodedBatch[] = [];
  for (const part of [images.slice(0, place), images.slice(place, place + 1), images.slice(place + 1)])
    if (part.length > 0) parts.push(await decodeGuarded({ ...task, images: part }, attempt));
  return joined(parts);
}
