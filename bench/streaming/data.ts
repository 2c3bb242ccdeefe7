/** Data sets whose samples a script makes: a pattern for each class under noise, as images of three channels; of any size on disk. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatasetWriter } from '../../main/services/dataset-writer';
import { nodeFileSystem } from '../../main/storage/file-system';

export const sampleShape = [3, 32, 32] as const;
const sampleBytes = 3 * 32 * 32;
const classes = Array.from({ length: 10 }, (_, label) => `pattern ${String(label)}`);
/** Of the samples of a batch that is written at once. */
const batch = 1024;
/** One of so many samples is for validation, and one for the test. */
const heldOut = 40;

/** xorshift32 (Marsaglia, 2003): quick, and random enough for noise. */
function noiseOf(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** Makes the data set `id` in the home of a Hebb, so many bytes of samples; returns how many samples they are. */
export async function makeDataset(home: string, id: string, bytes: number): Promise<number> {
  const folder = join(home, 'datasets', id);
  await rm(folder, { recursive: true, force: true });
  await nodeFileSystem.createFolder(folder);
  const writer = createDatasetWriter(nodeFileSystem, folder, { sampleShape, sampleType: 'u8', labelShape: [], labelType: 'i32' });
  const count = Math.floor(bytes / sampleBytes);
  const patterns = noiseOf(classes.length * sampleBytes);
  const noise = noiseOf(4 * 2 ** 20);
  const splits = new Uint8Array(count);
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    const values = new Uint8Array(size * sampleBytes);
    const labels = new Int32Array(size);
    for (let row = 0; row < size; row++) {
      const place = first + row;
      const label = (place * 7919) % classes.length;
      // A prime stride, so that no two samples near each other have the same noise.
      const from = (place * 7877) % (noise.length - sampleBytes);
      for (let at = 0; at < sampleBytes; at++)
        values[row * sampleBytes + at] = ((patterns[label * sampleBytes + at] ?? 0) >> 2) + ((noise[from + at] ?? 0) >> 1);
      labels[row] = label;
      splits[place] = place % heldOut === 0 ? 1 : place % heldOut === 1 ? 2 : 0;
    }
    await writer.add({ values, labels, positions: Uint32Array.from({ length: size }, (_, row) => first + row) });
  }
  const description = { id, name: id, source: 'bench/streaming', licence: '', classes, symbols: [] };
  await writer.finish({ splits, description });
  return count;
}
