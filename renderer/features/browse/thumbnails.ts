/**
 * Small pictures of many samples, kept on one hidden canvas so that a grid of a thousand is drawn in a moment. Pictures come
 * when they are read; whoever draws is told. Knows no store.
 */
import { picturePixels, type Dataset, type PictureForm, type SampleReader } from '../data';

export interface Thumbnails {
  /** Draws the sample into the square, keeping its proportions; false while it is not there yet, and then it is asked for. */
  draw(context: CanvasRenderingContext2D, place: number, x: number, y: number, side: number): boolean;
  /** No more is read for what is not visible any more. */
  forgetWaiting(): void;
}

/** Pixels of the longer side of a kept picture, at most. */
const largestSide = 64;
const columns = 64;
const rows = 48;
const readAtOnce = 48;

export function createThumbnails(dataset: Dataset, reader: SampleReader, form: PictureForm, arrived: () => void): Thumbnails {
  const scale = Math.min(1, largestSide / Math.max(form.height, form.width));
  const width = Math.max(1, Math.round(form.width * scale));
  const height = Math.max(1, Math.round(form.height * scale));
  const kept = new OffscreenCanvas(columns * width, rows * height);
  const context = kept.getContext('2d');
  const whole = new OffscreenCanvas(form.width, form.height);
  const wholeContext = whole.getContext('2d', { willReadFrequently: true });
  /** Slot of each kept picture; the first is the one that was not drawn for the longest time. */
  const slots = new Map<number, number>();
  const waiting = new Set<number>();
  const reading = new Set<number>();

  function slotFor(place: number): number {
    if (slots.size < columns * rows) return slots.size;
    const [oldest] = slots;
    if (oldest === undefined) return 0;
    slots.delete(oldest[0]);
    slots.set(place, oldest[1]);
    return oldest[1];
  }

  async function read(place: number): Promise<void> {
    waiting.delete(place);
    reading.add(place);
    const sample = await reader.sampleAt(place);
    reading.delete(place);
    if (sample.ok && context && wholeContext) {
      const slot = slotFor(place);
      slots.set(place, slot);
      wholeContext.putImageData(new ImageData(picturePixels(sample.value, form), form.width, form.height), 0, 0);
      context.imageSmoothingEnabled = scale < 1;
      const x = (slot % columns) * width;
      const y = Math.floor(slot / columns) * height;
      context.clearRect(x, y, width, height);
      context.drawImage(whole, x, y, width, height);
      arrived();
    }
    next();
  }
  function next(): void {
    for (const place of waiting) {
      if (reading.size >= readAtOnce) return;
      void read(place);
    }
  }

  return {
    draw(target, place, x, y, side) {
      const slot = slots.get(place);
      if (slot === undefined) {
        if (place < dataset.count && !reading.has(place)) waiting.add(place);
        next();
        return false;
      }
      slots.delete(place);
      slots.set(place, slot);
      const fit = side / Math.max(width, height);
      target.imageSmoothingEnabled = fit < 1;
      target.drawImage(
        kept,
        (slot % columns) * width,
        Math.floor(slot / columns) * height,
        width,
        height,
        x + (side - width * fit) / 2,
        y + (side - height * fit) / 2,
        width * fit,
        height * fit,
      );
      return true;
    },
    forgetWaiting() {
      waiting.clear();
    },
  };
}
