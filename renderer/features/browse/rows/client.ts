/** The worker that draws rows, as the page speaks to it. Knows no store. */
import type { RowLook, RowMessage, RowRequest, RowSource, Tile } from './protocol';

export interface RowClient {
  source(source: RowSource): void;
  look(look: RowLook): void;
  row(ticket: number, tiles: readonly Tile[]): void;
  /** Of the worker with all that it kept. */
  end(): void;
}

export function createRowClient(drawn: (message: RowMessage) => void): RowClient {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'hebb-rows' });
  worker.onmessage = ({ data }: MessageEvent<RowMessage>) => {
    drawn(data);
  };
  const say = (request: RowRequest): void => {
    worker.postMessage(request);
  };
  return {
    source: (source) => {
      say({ type: 'source', source });
    },
    look: (look) => {
      say({ type: 'look', look });
    },
    row: (ticket, tiles) => {
      say({ type: 'row', ticket, tiles });
    },
    end: () => {
      worker.terminate();
    },
  };
}
