/**
 * Draws rows of samples: reads what it has not kept, makes pictures of it, and puts them side by side with their captions. It
 * runs in a worker, so that scrolling waits neither for the disk nor for pixels.
 */
import { createRowReader } from '../../../../compute/graph/row-reader';
import { bytesOfSample, pictureForm, picturePixels, sampleValues } from '../../../charts/sample-picture';
import { sequenceText } from '../../../language/symbols';
import { keepPictures } from './kept-pictures';
import type { RowLook, RowSource, Tile } from './protocol';
import { paint, reduced, reductionFor, type Pixels } from './resample';

/** Of the pictures that are kept. */
const mostBytes = 64 * 2 ** 20;
/** What is seen of an excluded sample. */
const faint = 0.3;
/** Characters of a line of a text; it has two. */
const lineLength = 34;

export type ReadRange = (url: string, first: number, length: number) => Promise<Uint8Array>;

export interface RowDrawer {
  setSource(source: RowSource): void;
  setLook(look: RowLook): void;
  /** Rejects where there is no source, no look or no canvas; samples that cannot be read do not reject. */
  draw(tiles: readonly Tile[]): Promise<ImageBitmap>;
}

interface Picture extends Pixels {
  readonly byteLength: number;
}

/** How large a picture of such a form is drawn, in device pixels: as large as fits the square, at least one a side. */
function pictureSize(form: { readonly width: number; readonly height: number }, { side, ratio }: Pick<RowLook, 'side' | 'ratio'>) {
  const scale = (side * ratio) / Math.max(form.width, form.height);
  return { width: Math.max(1, Math.round(form.width * scale)), height: Math.max(1, Math.round(form.height * scale)) };
}

/** Pictures of a row side by side, in device pixels; null stands for a sample that could not be read. */
export function composeRow(tiles: readonly Tile[], pictures: readonly (Pixels | null)[], look: RowLook): Pixels {
  const { cellWidth, cellHeight, side, gap, ratio } = look;
  const width = Math.round(tiles.length * cellWidth * ratio);
  const height = Math.round(cellHeight * ratio);
  const row = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  for (const [index, tile] of tiles.entries()) {
    const picture = pictures[index];
    if (!picture) continue;
    const size = pictureSize(picture, look);
    const x = Math.round((index + 0.5) * cellWidth * ratio - size.width / 2);
    const y = Math.round((gap / 2 + side / 2) * ratio - size.height / 2);
    paint(row, picture, { x, y, ...size }, tile.isExcluded ? faint : 1);
  }
  return row;
}

export function createRowDrawer(readRange: ReadRange): RowDrawer {
  const kept = keepPictures<Picture>(mostBytes);
  const texts = keepPictures<{ readonly text: string; readonly byteLength: number }>(mostBytes / 8);
  const canvas = new OffscreenCanvas(1, 1);
  let source: (RowSource & { readonly read: ReturnType<typeof createRowReader>; readonly rowBytes: number }) | null = null;
  let look: RowLook | null = null;
  /** How many times smaller the kept pictures are than the samples. */
  let factor = 1;

  function setFactor(): void {
    if (source === null || look === null) return;
    const { height, width } = pictureForm(source.sampleShape);
    const wanted = reductionFor(Math.max(height, width), look.side * look.ratio);
    if (wanted !== factor) kept.clear();
    factor = wanted;
  }

  /** Reads those that are not kept, neighbours at once. */
  async function readMissing(places: readonly number[], from: NonNullable<typeof source>): Promise<void> {
    const { sampleType, symbols, rowBytes, read } = from;
    const has = symbols === null ? kept : texts;
    const missing = Uint32Array.from(new Set(places.filter((place) => has.get(place) === undefined))).sort();
    if (missing.length === 0) return;
    const form = pictureForm(from.sampleShape);
    const mine = factor;
    const bytes = await read(missing);
    if (source !== from || mine !== factor) return;
    missing.forEach((place, index) => {
      const values = sampleValues(bytes.subarray(index * rowBytes, (index + 1) * rowBytes), sampleType);
      if (symbols === null) {
        const picture = reduced({ width: form.width, height: form.height, data: picturePixels(values, form) }, factor);
        kept.set(place, { ...picture, byteLength: picture.data.byteLength });
      } else {
        const text = sequenceText(values.subarray(0, 2 * lineLength), symbols).slice(0, 2 * lineLength);
        texts.set(place, { text, byteLength: 2 * text.length });
      }
    });
  }

  return {
    setSource(given) {
      if (source?.id !== given.id) {
        kept.clear();
        texts.clear();
      }
      const rowBytes = bytesOfSample(given.sampleShape, given.sampleType);
      const read = createRowReader({
        rowBytes,
        shardRows: given.sampleShards.map(({ bytes }) => bytes / rowBytes),
        readRange: (shard, first, length) => readRange(given.sampleShards[shard]?.url ?? '', first, length),
      });
      source = { ...given, read, rowBytes };
      setFactor();
    },
    setLook(given) {
      look = given;
      setFactor();
    },
    async draw(tiles) {
      const from = source;
      const shown = look;
      if (from === null || shown === null) throw new Error('A row was asked for before it was said what of.');
      await readMissing(
        tiles.map(({ place }) => place),
        from,
      ).catch(() => undefined);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('There is no canvas to draw on.');
      const pictures = tiles.map(({ place }) => (from.symbols === null ? (kept.get(place) ?? null) : null));
      const row = composeRow(tiles, pictures, shown);
      canvas.width = row.width;
      canvas.height = row.height;
      context.putImageData(new ImageData(row.data, row.width, row.height), 0, 0);
      context.setTransform(shown.ratio, 0, 0, shown.ratio, 0, 0);
      context.textBaseline = 'middle';
      context.font = `11px ${shown.fontFamily}`;
      for (const [index, tile] of tiles.entries()) {
        if (from.symbols !== null) writeText(context, texts.get(tile.place)?.text ?? '', tile, index, shown);
        else if (pictures[index] === null) markUnread(context, index, shown);
        writeCaption(context, tile, index, shown);
      }
      return canvas.transferToImageBitmap();
    },
  };
}

type Context = OffscreenCanvasRenderingContext2D;

function markUnread(context: Context, index: number, { cellWidth, side, gap, unread }: RowLook): void {
  context.fillStyle = unread;
  context.fillRect((index + 0.5) * cellWidth - side / 2, gap / 2, side, side);
}

function writeText(context: Context, text: string, { isExcluded }: Tile, index: number, look: RowLook): void {
  const { cellWidth, captionHeight, gap } = look;
  context.globalAlpha = isExcluded ? faint : 1;
  context.fillStyle = look.text;
  context.textAlign = 'start';
  for (const line of [0, 1]) {
    const shown = text.slice(line * lineLength, (line + 1) * lineLength);
    context.fillText(shown, index * cellWidth + gap, captionHeight * (0.6 + 0.9 * line), cellWidth - 2 * gap);
  }
  context.globalAlpha = 1;
}

function writeCaption(context: Context, { caption, isWrong, isSelected }: Tile, index: number, look: RowLook): void {
  const { cellWidth, cellHeight, captionHeight, accent, muted, wrong } = look;
  context.fillStyle = isWrong ? wrong : muted;
  context.textAlign = 'center';
  context.fillText(caption, (index + 0.5) * cellWidth, cellHeight - captionHeight / 2 - 1, cellWidth - 4);
  if (!isSelected) return;
  // Under what was drawn.
  context.globalCompositeOperation = 'destination-over';
  context.globalAlpha = 0.22;
  context.fillStyle = accent;
  context.fillRect(index * cellWidth + 1, 1, cellWidth - 2, cellHeight - 2);
  context.globalAlpha = 1;
  context.globalCompositeOperation = 'source-over';
}
