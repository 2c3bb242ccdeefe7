/**
 * A drawing as a network that learned MNIST expects it: the ink scaled into 20×20, then moved so that its centre of mass
 * is the centre of 28×28 (LeCun's preparation, http://yann.lecun.com/exdb/mnist/). Pure, on arrays of ink 0 … 1.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Row-major, 0 paper … 1 ink. */
  readonly ink: Float32Array;
}

export const blank = (width: number, height: number): Picture => ({ width, height, ink: new Float32Array(width * height) });

/** Mean ink of a rectangle with fractional edges: exact area weights, so that lines keep their weight when scaled. */
function area(picture: Picture, left: number, top: number, right: number, bottom: number): number {
  let sum = 0;
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(picture.height, Math.ceil(bottom)); row++) {
    const tall = Math.min(bottom, row + 1) - Math.max(top, row);
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(picture.width, Math.ceil(right)); column++)
      sum += tall * (Math.min(right, column + 1) - Math.max(left, column)) * (picture.ink[row * picture.width + column] ?? 0);
  }
  return sum / Math.max((right - left) * (bottom - top), Number.EPSILON);
}

/** Scaled to another size by area, the whole picture onto the whole. */
export function resized(picture: Picture, height: number, width: number): Float32Array {
  const result = new Float32Array(height * width);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      result[row * width + column] = area(
        picture,
        (column / width) * picture.width,
        (row / height) * picture.height,
        ((column + 1) / width) * picture.width,
        ((row + 1) / height) * picture.height,
      );
  return result;
}

/** Null while there is no ink. */
export function centredDigit(picture: Picture, size = 28, box = 20): Float32Array | null {
  let left = picture.width;
  let top = picture.height;
  let right = -1;
  let bottom = -1;
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (let row = 0; row < picture.height; row++)
    for (let column = 0; column < picture.width; column++) {
      const ink = picture.ink[row * picture.width + column] ?? 0;
      if (ink < 0.02) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      mass += ink;
      massX += ink * (column + 0.5);
      massY += ink * (row + 0.5);
    }
  if (mass === 0) return null;
  const scale = Math.max(right - left + 1, bottom - top + 1) / box;
  const originX = massX / mass - (size / 2) * scale;
  const originY = massY / mass - (size / 2) * scale;
  const result = new Float32Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      result[row * size + column] = area(
        picture,
        originX + column * scale,
        originY + row * scale,
        originX + (column + 1) * scale,
        originY + (row + 1) * scale,
      );
  return result;
}

/** Draws a round stroke from one point to another into the ink, in place: the soft edge is one pixel wide. */
export function stroke(picture: Picture, fromX: number, fromY: number, toX: number, toY: number, radius: number, erase = false): void {
  const reach = radius + 1;
  const deltaX = toX - fromX;
  const deltaY = toY - fromY;
  const lengthSquared = deltaX * deltaX + deltaY * deltaY;
  for (
    let row = Math.max(0, Math.floor(Math.min(fromY, toY) - reach));
    row < Math.min(picture.height, Math.ceil(Math.max(fromY, toY) + reach));
    row++
  )
    for (
      let column = Math.max(0, Math.floor(Math.min(fromX, toX) - reach));
      column < Math.min(picture.width, Math.ceil(Math.max(fromX, toX) + reach));
      column++
    ) {
      const x = column + 0.5;
      const y = row + 0.5;
      const along = lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, ((x - fromX) * deltaX + (y - fromY) * deltaY) / lengthSquared));
      const distance = Math.hypot(x - fromX - along * deltaX, y - fromY - along * deltaY);
      const ink = Math.min(1, Math.max(0, radius - distance + 0.5));
      const at = row * picture.width + column;
      const before = picture.ink[at] ?? 0;
      picture.ink[at] = erase ? Math.min(before, 1 - ink) : Math.max(before, ink);
    }
}
