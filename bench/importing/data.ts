/** What is imported in the bench: a folder of small PNG files in ten classes, and a table of any size. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { encodePng } from '../../main/formats/png.format';

const side = 28;
const atOnce = 64;

/** So many grey images of 28×28 pixels, each another one, a tenth of them in each of ten folders. */
export async function makePictures(folder: string, count: number): Promise<void> {
  for (let label = 0; label < 10; label++) await mkdir(join(folder, String(label)), { recursive: true });
  const write = async (place: number): Promise<void> => {
    const data = Uint8Array.from({ length: side * side }, (_, pixel) => (pixel * (1 + (place % 10)) + (pixel % 13) * (place % 251)) % 256);
    // The number of the image in its first pixels.
    new DataView(data.buffer).setUint32(0, place);
    const bytes = encodePng({ width: side, height: side, channels: 1, bits: 8, data });
    await writeFile(join(folder, String(place % 10), `${String(place).padStart(6, '0')}.png`), bytes);
  };
  for (let first = 0; first < count; first += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => write(first + index)));
}

const cities = ['Berlin', 'Lisbon', 'Oslo', 'Prague', 'Rome', 'Vienna'];

/** A table of so many bytes: three measurements, a category, and a class that follows from them. */
export async function makeTable(file: string, bytes: number): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('width,height,weight,city,kind\n');
  let written = 0;
  for (let row = 0; written < bytes;) {
    let part = '';
    for (const end = row + 20_000; row < end; row++) {
      const [width, height, weight] = [((row * 7919) % 10_007) / 100, ((row * 104_729) % 99_991) / 1000, ((row * 31) % 8_191) / 8];
      part += `${width},${height},${weight},${cities[(row * 13) % cities.length] ?? ''},${width > height ? 'wide' : 'tall'}\n`;
    }
    written += part.length;
    if (!stream.write(part)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
