/** One more thread of a CPU device in a browser: see threads.ts. */
import { createThread, type ThreadMessage } from '../devices/cpu/thread';

/** As much of a dedicated worker's global scope as this file uses. */
interface ThreadScope {
  onmessage: ((event: { readonly data: ThreadMessage }) => void) | null;
}

const receive = createThread();
// Only a dedicated worker loads this file.
(globalThis as unknown as ThreadScope).onmessage = ({ data }) => {
  receive(data);
};
