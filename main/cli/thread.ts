/** One more thread of a CPU device in Node: see threads.ts. */
import { parentPort } from 'node:worker_threads';
import { createThread } from '../../compute/devices/cpu/thread';

parentPort?.on('message', createThread());
