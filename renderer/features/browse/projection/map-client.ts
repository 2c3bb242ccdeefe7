/** Draws a map in a worker of its own, which ends with it. Knows no store. */
import type { MapMessage, MapRequest } from './protocol';

/** `tell` gets all progress and then `done` or `failed`, unless the returned function ended it before. */
export function drawMapInWorker(request: MapRequest, tell: (message: MapMessage) => void): () => void {
  const worker = new Worker(new URL('./map-worker.ts', import.meta.url), { type: 'module', name: 'hebb-map' });
  const end = (): void => {
    worker.terminate();
  };
  worker.onmessage = ({ data }: MessageEvent<MapMessage>) => {
    tell(data);
    if (data.type !== 'progress') end();
  };
  worker.onerror = ({ message }) => {
    end();
    tell({ type: 'failed', message: message || 'the worker could not be loaded' });
  };
  worker.postMessage(request);
  return end;
}
