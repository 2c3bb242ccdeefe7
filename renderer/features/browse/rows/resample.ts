/** Pictures of RGBA pixels made smaller or larger. Pure, on arrays: rows are drawn where there is no page. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, row-major, four bytes a pixel. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Each pixel the mean of a square of `factor` × `factor`, or of what is left of it at the edges. The picture itself for 1. */
export function reduced(picture: Pixels, factor: number): Pixels {
  if (factor <= 1) return picture;
  const width = Math.ceil(picture.width / factor);
  const height = Math.ceil(picture.height / factor);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(picture.height, (y + 1) * factor);
    for (let x = 0; x < width; x++) {
      const right = Math.min(picture.width, (x + 1) * factor);
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (let row = y * factor; row < bottom; row++)
        for (let at = (row * picture.width + x * factor) * 4; at < (row * picture.width + right) * 4; at += 4) {
          red += picture.data[at] ?? 0;
          green += picture.data[at + 1] ?? 0;
          blue += picture.data[at + 2] ?? 0;
          alpha += picture.data[at + 3] ?? 0;
        }
      const count = (bottom - y * factor) * (right - x * factor);
      data.set([red / count, green / count, blue / count, alpha / count], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

/** How many times a picture can be made smaller by whole numbers and still has `side` pixels along its longer side. */
export const reductionFor = (longerSide: number, side: number): number => Math.max(1, Math.floor(longerSide / Math.max(1, side)));

/**
 * Paints the picture over a rectangle of another (whole pixels; what lies outside is left out): larger ones in squares, as the
 * numbers are, smaller ones between their four neighbours. `opacity` in 0 … 1 becomes the pixels' own.
 */
export function paint(
  onto: Pixels,
  picture: Pixels,
  at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  opacity: number,
): void {
  const columns = at.width < picture.width ? between(picture.width, at.width) : nearest(picture.width, at.width);
  const rows = at.height < picture.height ? between(picture.height, at.height) : nearest(picture.height, at.height);
  const isPlain = at.width >= picture.width && at.height >= picture.height;
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, picture.width * picture.height);
  const into = new Uint32Array(onto.data.buffer, onto.data.byteOffset, onto.width * onto.height);
  const [left, right] = [Math.max(0, -at.x), Math.min(at.width, onto.width - at.x)];
  for (let y = Math.max(0, -at.y); y < Math.min(at.height, onto.height - at.y); y++) {
    const row = rows.first[y] ?? 0;
    const next = rows.second[y] ?? 0;
    const share = rows.share[y] ?? 0;
    const start = (at.y + y) * onto.width + at.x;
    for (let x = left; x < right; x++) {
      const column = columns.first[x] ?? 0;
      if (isPlain) into[start + x] = from[row * picture.width + column] ?? 0;
      else {
        const beside = columns.second[x] ?? 0;
        const shareBeside = columns.share[x] ?? 0;
        for (let channel = 0; channel < 4; channel++) {
          const above = mixed(picture, row, column, beside, shareBeside, channel);
          const below = mixed(picture, next, column, beside, shareBeside, channel);
          onto.data[(start + x) * 4 + channel] = above + (below - above) * share;
        }
      }
      if (opacity < 1) {
        const alpha = (start + x) * 4 + 3;
        onto.data[alpha] = (onto.data[alpha] ?? 0) * opacity;
      }
    }
  }
}

function mixed({ data, width }: Pixels, row: number, column: number, beside: number, share: number, channel: number): number {
  const one = data[(row * width + column) * 4 + channel] ?? 0;
  const other = data[(row * width + beside) * 4 + channel] ?? 0;
  return one + (other - one) * share;
}

/** Of each of the wanted pixels: which two of the given ones it lies between, and how much of the second it is. */
interface Places {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float32Array;
}

function nearest(given: number, wanted: number): Places {
  const first = Int32Array.from({ length: wanted }, (_, index) => Math.floor((index * given) / wanted));
  return { first, second: first, share: new Float32Array(wanted) };
}

function between(given: number, wanted: number): Places {
  const centre = (index: number): number => Math.min(given - 1, Math.max(0, ((index + 0.5) * given) / wanted - 0.5));
  const first = Int32Array.from({ length: wanted }, (_, index) => Math.floor(centre(index)));
  return {
    first,
    second: first.map((place) => Math.min(given - 1, place + 1)),
    share: Float32Array.from({ length: wanted }, (_, index) => centre(index) - (first[index] ?? 0)),
  };
}
