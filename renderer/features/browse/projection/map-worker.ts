/** The worker that draws maps: one request in, progress and one map out. */
import { drawMap } from './draw-map';
import type { MapMessage, MapRequest } from './protocol';

/** As much of a dedicated worker's global scope as this file uses; the page is compiled with the window's types. */
interface WorkerScope {
  postMessage(message: MapMessage): void;
  onmessage: ((event: { readonly data: MapRequest }) => void) | null;
}

// Only a dedicated worker loads this file.
const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  try {
    drawMap(data, (message) => {
      scope.postMessage(message);
    });
  } catch (error) {
    scope.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};
