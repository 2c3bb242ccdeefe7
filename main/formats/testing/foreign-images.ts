/** Images that Pillow wrote, with what it reads from them again; made by one process. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface ForeignImage {
  /** `format/kind`. */
  readonly name: string;
  readonly file: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits: number;
  readonly pixels: Buffer;
  /** Steps of 255 by which two decoders may differ. */
  readonly tolerance: number;
}

interface ResizedImage {
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly resampling: 'nearest' | 'bilinear' | 'area';
  readonly fit: 'stretch' | 'crop' | 'contain';
  readonly pixels: readonly number[];
}

interface ForeignImages {
  readonly images: readonly ForeignImage[];
  readonly resized: readonly ResizedImage[];
  readonly greys: Readonly<Record<string, readonly number[]>>;
}

const script = fileURLToPath(new URL('write-images.py', import.meta.url));

function runPillow(paths: readonly string[]): unknown {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-W', 'ignore', script, ...paths], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

export function foreignImages(): ForeignImages {
  type Written = Omit<ForeignImage, 'file' | 'pixels'> & { readonly file: string; readonly pixels: string };
  const { images, resized, greys } = runPillow([]) as Omit<ForeignImages, 'images'> & { readonly images: readonly Written[] };
  const decode = (text: string): Buffer => Buffer.from(text, 'base64');
  return { images: images.map((image) => ({ ...image, file: decode(image.file), pixels: decode(image.pixels) })), resized, greys };
}

/** What Pillow reads from files on disk, by path. */
export const readWithPillow = (paths: readonly string[]) =>
  runPillow(paths) as Readonly<
    Record<string, { readonly shape: readonly number[]; readonly bits: number; readonly pixels: readonly number[] }>
  >;
