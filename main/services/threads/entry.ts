/** What a thread does that start-thread.ts started. */
import { workerData } from 'node:worker_threads';
import { nodeFileSystem } from '../../storage/file-system';
import { serveDecoding, threadPool } from '../import/decoders';
import { perform } from '../import/perform';
import { problemOf } from '../import/report';
import { readModelTask, weightsOfAnswer } from '../model-reading';
import { foreseen } from '../service-error';
import type { ThreadData } from './start-thread';
import { serveTask } from './task-thread';

// Whoever starts a thread says so: startThread.
const data = workerData as ThreadData;
switch (data.role) {
  case 'decode':
    serveDecoding(data.progress);
    break;
  case 'import': {
    const pool = threadPool();
    void serveTask({ work: (progress) => perform(nodeFileSystem, data.task, pool, progress).finally(() => pool.close()), problemOf });
    break;
  }
  case 'model':
    void serveTask({
      work: () => readModelTask(nodeFileSystem, data.task),
      problemOf: foreseen,
      handedOver: (answer) => weightsOfAnswer(answer).map(({ bytes }) => bytes.buffer),
    });
    break;
  default:
    data satisfies never;
}
