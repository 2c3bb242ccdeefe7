/** Samples made in the window, drawn or seen by the camera, before they are a data set: what each is, and when they can be kept. Pure. */

export interface CapturedSample {
  /** Of its own, so that lists can tell samples apart. */
  readonly key: number;
  /** Bytes of the sample's shape. */
  readonly values: Uint8Array;
  /** Place in the classes. */
  readonly label: number;
}

/** Height and width in pixels of a sample that can be drawn or seen. */
export const captureSides = { minimum: 8, maximum: 256 };

/** Values 0 … 1, beyond them cut, as bytes. */
export const toBytes = (values: Float32Array): Uint8Array =>
  Uint8Array.from(values, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255));

/** RGBA pixels as bytes [channels, height, width]: three planes, or one of brightness (ITU-R BT.601). */
export function planesOf(pixels: Uint8ClampedArray, channels: 1 | 3): Uint8Array {
  const area = pixels.length / 4;
  const planes = new Uint8Array(channels * area);
  for (let at = 0; at < area; at++) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at * 4, at * 4 + 3);
    if (channels === 3) [planes[at], planes[area + at], planes[2 * area + at]] = [red, green, blue];
    else planes[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return planes;
}

/** The largest part of a picture that has the proportions of another, from its middle: [left, top, width, height]. */
export function middlePart(
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): readonly [number, number, number, number] {
  const scale = Math.min(from.width / to.width, from.height / to.height);
  const [width, height] = [to.width * scale, to.height * scale];
  return [(from.width - width) / 2, (from.height - height) / 2, width, height];
}

/** How many samples of each class. */
export function countCaptured(samples: readonly CapturedSample[], classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { label } of samples) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** The samples without a class; those of later classes move down. */
export const withoutClass = (samples: readonly CapturedSample[], removed: number): readonly CapturedSample[] =>
  samples.filter(({ label }) => label !== removed).map((sample) => ({ ...sample, label: sample.label - (sample.label > removed ? 1 : 0) }));

/** Why these samples cannot be kept yet: a key under `capture.wrong`; null if they can. */
export function whatIsMissing(name: string, classes: readonly string[], samples: readonly CapturedSample[]): string | null {
  if (name.trim() === '') return 'name';
  const names = classes.map((each) => each.trim());
  if (names.includes('')) return 'className';
  if (new Set(names).size < names.length) return 'twice';
  return samples.length === 0 ? 'samples' : null;
}

/** All samples one after another, and their labels, as they are sent. */
export function packed(samples: readonly CapturedSample[]): { readonly bytes: Blob; readonly labels: number[] } {
  return { bytes: new Blob(samples.map(({ values }) => Uint8Array.from(values))), labels: samples.map(({ label }) => label) };
}
