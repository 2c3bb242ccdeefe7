/** Files of images to samples, some at a time: the work of one thread. It knows no threads. */
import type { Problem } from '../../../compute/graph/problem';
import { decodeImage } from '../../formats/images/images';
import { usualImageLimits } from '../../formats/images/decoded-image';
import { readRegion, type FileRegion } from '../../storage/region';
import { problemOf } from './report';
import { fillPicture, type PictureForm } from './picture';

/** Bytes, or where they lie. */
export type EncodedImage = Uint8Array | FileRegion;

export interface DecodingTask {
  readonly images: readonly EncodedImage[];
  readonly form: PictureForm;
}

export interface DecodedBatch {
  /** Of those that could be decoded, one after another. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** One an image; null: it is among the values. */
  readonly problems: readonly (Pick<Problem, 'code' | 'values'> | null)[];
  /** Of the files. */
  readonly bytes: number;
}

/** Never rejects for what is wrong with an image. `begin` hears of each before it is decoded: its place, and the bytes of its file. */
export async function decodeBatch({ images, form }: DecodingTask, begin?: (place: number, bytes: number) => void): Promise<DecodedBatch> {
  const size = form.channels * form.height * form.width;
  const values = new Uint8Array(images.length * size);
  const problems: DecodedBatch['problems'][number][] = [];
  let [filled, bytes] = [0, 0];
  for (const [place, image] of images.entries()) {
    try {
      const encoded = image instanceof Uint8Array ? image : readRegion(image, usualImageLimits.bytes);
      bytes += encoded.length;
      begin?.(place, encoded.length);
      const decoded = await decodeImage(encoded, usualImageLimits);
      if (decoded.ok) fillPicture(decoded.value, form, values.subarray(filled, filled + size));
      if (decoded.ok) filled += size;
      problems.push(decoded.ok ? null : { code: decoded.problem.code, values: decoded.problem.values });
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      problems.push({ code: problem.code, values: problem.values });
    }
  }
  return { values: values.slice(0, filled), problems, bytes };
}
