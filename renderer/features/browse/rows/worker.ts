/** The worker that draws rows of samples: what of and how, then rows, each answered by a bitmap. */
import { fetchTransfer } from '../../../../compute/worker/transfer';
import type { RowMessage, RowRequest } from './protocol';
import { createRowDrawer } from './row-drawer';

/** As much of a dedicated worker's global scope as this file uses; the page is compiled with the window's types. */
interface WorkerScope {
  postMessage(message: RowMessage, transfer: readonly ImageBitmap[]): void;
  onmessage: ((event: { readonly data: RowRequest }) => void) | null;
}

// Only a dedicated worker loads this file.
const scope = globalThis as unknown as WorkerScope;
const drawer = createRowDrawer(fetchTransfer.readRange);

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'source':
      drawer.setSource(data.source);
      break;
    case 'look':
      drawer.setLook(data.look);
      break;
    case 'row': {
      const { ticket, tiles } = data;
      void drawer.draw(tiles).then((bitmap) => {
        scope.postMessage({ ticket, bitmap }, [bitmap]);
      });
    }
  }
};
