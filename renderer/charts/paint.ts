/** Puts pixels onto a canvas larger than they are, without smoothing; one hidden canvas serves all pictures. */
let scratch: OffscreenCanvasRenderingContext2D | null = null;

/** RGBA `pixels` of `width` × `height` into the rectangle of the target, in its own pixels. */
export function paintPixels(
  target: CanvasRenderingContext2D,
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): void {
  scratch ??= new OffscreenCanvas(width, height).getContext('2d');
  if (!scratch) return;
  const { canvas } = scratch;
  if (canvas.width < width) canvas.width = width;
  if (canvas.height < height) canvas.height = height;
  scratch.putImageData(new ImageData(pixels, width, height), 0, 0);
  target.imageSmoothingEnabled = false;
  target.drawImage(canvas, 0, 0, width, height, place.x, place.y, place.width, place.height);
}
