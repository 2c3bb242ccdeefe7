/** Headers of objects of an HDF5 file: groups and arrays are what their messages say (HDF5 File Format Specification 3.0, section IV). */
import { Hdf5Fault, readingOf, type Hdf5Bytes } from './bytes';

export interface Message {
  readonly type: number;
  readonly shared: boolean;
  readonly start: number;
  readonly end: number;
}

export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

const mostMessages = 10_000;

/** Blocks of messages of version 1 have no signature. */
function firstMessages(
  file: Hdf5Bytes,
  header: number,
  blocks: (readonly [start: number, end: number])[],
): (block: number) => Message | null {
  const reading = readingOf(file, header);
  reading.skip(1);
  reading.skip(1);
  reading.skip(2 + 4);
  const size = reading.number(4);
  reading.skip(4);
  file.claim(header, 16 + size);
  blocks.push([reading.at(), reading.at() + size]);
  return (at) => {
    const one = readingOf(file, at);
    const [type, length, flags] = [one.number(2), one.number(2), one.number(1)];
    one.skip(3);
    return { type, shared: (flags & 2) !== 0, start: one.at(), end: one.at() + length };
  };
}

function secondMessages(
  file: Hdf5Bytes,
  header: number,
  blocks: (readonly [start: number, end: number])[],
): (block: number) => Message | null {
  const reading = readingOf(file, header);
  reading.expect('OHDR');
  if (reading.number(1) !== 2) reading.fail('a header of another version');
  const flags = reading.number(1);
  if ((flags & 0x20) !== 0) reading.skip(16);
  if ((flags & 0x10) !== 0) reading.skip(4);
  const size = reading.wide(1 << (flags & 3));
  file.claim(reading.at(), size);
  blocks.push([reading.at(), reading.at() + size]);
  return (at) => {
    const one = readingOf(file, at);
    const [type, length, marks] = [one.number(1), one.number(2), one.number(1)];
    if ((flags & 4) !== 0) one.skip(2);
    return { type, shared: (marks & 2) !== 0, start: one.at(), end: one.at() + length };
  };
}

/** The messages of the object whose header stands there. Throws an Hdf5Fault. */
export function messagesOf(file: Hdf5Bytes, header: number): readonly Message[] {
  if (header < 0 || header >= file.length) throw new Hdf5Fault('a header beyond the end', header);
  const blocks: (readonly [start: number, end: number])[] = [];
  const isFirst = file.bytes[header] === 1;
  const next = isFirst ? firstMessages(file, header, blocks) : secondMessages(file, header, blocks);
  // Behind the last message of version 2 there may be a gap, too short for another.
  const shortest = isFirst ? 8 : 4;
  const messages: Message[] = [];
  for (let index = 0; index < blocks.length; index++) {
    const [start, end] = blocks[index]!;
    for (let at = start; at + shortest <= end;) {
      const message = next(at);
      if (message === null) break;
      if (message.end > end) throw new Hdf5Fault('a message longer than its header', at);
      if (messages.length >= mostMessages) throw new Hdf5Fault(`more than ${String(mostMessages)} messages`, at);
      messages.push(message);
      at = message.end;
      if (message.type !== messageTypes.continuation) continue;
      const reading = readingOf(file, message.start, message.end);
      const place = reading.address() ?? reading.fail('a continuation that leads nowhere');
      const length = reading.size();
      file.claim(place, length);
      if (isFirst) blocks.push([place, place + length]);
      else {
        readingOf(file, place).expect('OCHK');
        blocks.push([place + 4, Math.max(place + 4, place + length - 4)]);
      }
    }
  }
  return messages;
}
