/**
 * Files on their way to the system: by where they lie, where the shell can say it, else their bytes, in parts. Of one upload of
 * many files a browser would open all before it sends the first byte.
 */
import type { ContractResult } from '../../../../main/contract/contract';
import { upload, type Sending } from '../../../platform/client';
import { bundle, type BundledFile } from './bundle';

const filesOfPart = 512;
const bytesOfPart = 64 * 2 ** 20;
/** Parts on their way at once: while one is sent the files of another are opened. */
const partsAtOnce = 2;
/** As the contract has it: large files make larger parts, of which two neighbours are more than this share of all. */
const mostParts = 1000;

/** Consecutive files; a file is in one part, so a large one makes a large part. */
export function partsOf(files: readonly BundledFile[]): readonly (readonly BundledFile[])[] {
  const all = files.reduce((sum, { content }) => sum + content.size, 0);
  const mostBytes = Math.max(bytesOfPart, (4 * all) / mostParts);
  const parts: BundledFile[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    const last = parts.at(-1);
    if (last === undefined || last.length >= filesOfPart || bytes + file.content.size > mostBytes) {
      parts.push([file]);
      bytes = file.content.size;
    } else {
      last.push(file);
      bytes += file.content.size;
    }
  }
  return parts;
}

/** The tokens of the uploads, in the order of the files; `progress` tells of the bytes of all. */
export async function sendFiles(
  name: string,
  files: readonly BundledFile[],
  { progress, signal }: Sending,
): Promise<ContractResult<string[]>> {
  const parts = partsOf(files).map(bundle);
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const sent = parts.map(() => 0);
  const tokens: string[] = [];
  const tell = (index: number, fraction: number): void => {
    sent[index] = fraction * (parts[index]?.size ?? 0);
    progress(total === 0 ? 1 : sent.reduce((sum, bytes) => sum + bytes, 0) / total);
  };
  let next = 0;
  const failures: ContractResult<never>[] = [];
  const sendParts = async (): Promise<void> => {
    while (next < parts.length && failures.length === 0) {
      const index = next++;
      const part = parts[index];
      if (part === undefined) return;
      const result = await upload(name, part, { progress: (fraction) => tell(index, fraction), signal });
      if (!result.ok) failures.push(result);
      else {
        tokens[index] = result.value;
        tell(index, 1);
      }
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, sendParts));
  return failures[0] ?? { ok: true, value: tokens };
}
