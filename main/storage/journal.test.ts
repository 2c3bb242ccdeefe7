import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem } from './file-system';
import { decodeJournal, encodeRecord, openJournal, readJournal } from './journal';
import { faultyFileSystem } from './testing/faulty-file-system';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-journal-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const records = [{ step: 1, loss: 2.25 }, { step: 2, text: 'ε = 0,3 → “”\n' }, null, [1, 2, 3], 'text', { nested: { '{"bytes":3': 1 } }];
const bytes = Buffer.concat(records.map(encodeRecord));

describe('the form', () => {
  it('is one JSON object a line, readable without Hebb', () => {
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { record: unknown }).record)).toEqual(records);
    expect(lines[2]).toBe(`{"bytes":4,"crc32":"${crcOfNull}","record":null}`);
  });

  it('survives a round trip', () => {
    expect(decodeJournal(bytes)).toEqual({ records, wholeBytes: bytes.length, damaged: 0 });
  });

  it('is cut off at a torn end, wherever it is torn', () => {
    const ends = records.map((_, index) => Buffer.concat(records.slice(0, index + 1).map(encodeRecord)).length);
    for (let length = 0; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      const content = decodeJournal(bytes.subarray(0, length));
      expect(content.records).toEqual(records.slice(0, whole));
      expect(content.wholeBytes).toBe(whole === 0 ? 0 : ends[whole - 1]);
    }
  });

  it('notices every flipped bit of a record and keeps the others', () => {
    for (let index = 0; index < bytes.length; index++) {
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ 4;
      const { records: found } = decodeJournal(flipped);
      expect(found.length).toBeLessThan(records.length);
      for (const record of found) expect(records).toContainEqual(record);
    }
  });
});

// python3 -c "import zlib; print('%08x' % zlib.crc32(b'null'))"
const crcOfNull = '25cbfc4f';

describe('appending', () => {
  it('adds to what is there and cuts a torn end first', async () => {
    await openJournal(nodeFileSystem, path).append(records.slice(0, 2));
    await writeFile(path, '{"bytes":100,"crc32":"0000', { flag: 'a' });
    expect((await readJournal(nodeFileSystem, path)).records).toEqual(records.slice(0, 2));
    const journal = openJournal(nodeFileSystem, path);
    await Promise.all([journal.append(records.slice(2, 4)), journal.append(records.slice(4))]);
    expect(await readFile(path)).toEqual(bytes);
  });

  it('goes on after a failure that could not be undone', async () => {
    const journal = openJournal(nodeFileSystem, path);
    await journal.append([1]);
    // Fails while writing the second append, then at cutting it off.
    for (let at = 0; at < 40; at++) {
      const faulty = faultyFileSystem(nodeFileSystem, { at, fault: 'EIO', lasting: true });
      const other = openJournal(faulty, path);
      await other.append([at]).catch(() => undefined);
    }
    await openJournal(nodeFileSystem, path).append([2]);
    const { records: found, damaged } = await readJournal(nodeFileSystem, path);
    expect(damaged).toBe(0);
    expect(found[0]).toBe(1);
    expect(found.at(-1)).toBe(2);
  });
});
