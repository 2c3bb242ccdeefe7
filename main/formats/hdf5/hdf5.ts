/**
 * HDF5 files (HDF5 File Format Specification 3.0), as far as models and weights use them: groups of both kinds, numbers and
 * texts. Everything is bounded before it is read: work by the length of the file, memory by what its bytes can unpack to.
 * Links to other files are not followed. Pure, on bytes.
 */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { readArray, type Hdf5Array } from './arrays';
import { Hdf5Fault, hdf5Bytes, readingOf, type Hdf5Bytes } from './bytes';
import { fractalHeap, globalHeaps, localHeap } from './heaps';
import { messagesOf, messageTypes, type Message } from './objects';
import { leavesOf, recordsOf } from './trees';
import { readAttribute, textsOf } from './types';

export type { Hdf5Array } from './arrays';

export interface Hdf5Content {
  /** By path, without a leading slash. */
  readonly arrays: ReadonlyMap<string, Hdf5Array>;
  /** Attributes of texts by `path@name`; the root's path is ''. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

const deepest = 24;
const mostObjects = 20_000;
/** Numbers of all arrays together: 1 GiB of float32. */
const mostNumbers = 2 ** 28;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const isHdf5 = (head: Uint8Array): boolean => signature.every((byte, place) => head[place] === byte);

/** Where the header of the root group stands (section II.A). */
function rootOf(file: Hdf5Bytes): number {
  if (!isHdf5(file.bytes)) throw new Hdf5Fault('no HDF5', 0);
  const reading = readingOf(file, 8);
  const version = reading.number(1);
  if (version > 3) reading.fail('a file of another version');
  if (version < 2) reading.skip(4);
  if (reading.number(1) !== 8 || reading.number(1) !== 8) reading.fail('addresses that are not of eight bytes');
  reading.skip(version < 2 ? 9 : 1);
  if (version === 1) reading.skip(4);
  const base = reading.address();
  reading.address();
  const end = reading.address();
  if (base !== 0) reading.fail('a file within another');
  if (end === null || end > file.length) throw new Hdf5Fault('the file ends early', file.length);
  if (version < 2) reading.skip(16);
  return reading.address() ?? reading.fail('no root');
}

interface Link {
  readonly name: string;
  readonly header: number;
}

/** A link within this file (section IV.A.2.g); null for others. */
function readLink(file: Hdf5Bytes, start: number, end: number): Link | null {
  const reading = readingOf(file, start, end);
  if (reading.number(1) !== 1) reading.fail('a link of another version');
  const flags = reading.number(1);
  const kind = (flags & 8) !== 0 ? reading.number(1) : 0;
  if ((flags & 4) !== 0) reading.skip(8);
  if ((flags & 16) !== 0) reading.skip(1);
  const name = new TextDecoder().decode(reading.part(reading.wide(1 << (flags & 3))));
  return kind === 0 ? { name, header: reading.address() ?? reading.fail('a link that leads nowhere') } : null;
}

/** What a record of a tree of names points to, in the heap beside it. */
function* heaped(file: Hdf5Bytes, heap: number, tree: number, type: 5 | 8): Generator<readonly [start: number, end: number]> {
  const object = fractalHeap(file, heap);
  const { places, bytes } = recordsOf(file, tree, type);
  // Names of links begin with their hash, those of attributes with the id.
  for (const at of places) yield type === 5 ? object(at + 4, Math.min(8, bytes - 4)) : object(at, Math.min(8, bytes));
}

/** Heap and tree of a message that says where many links or attributes lie; null where there are none. */
function stored(file: Hdf5Bytes, { start, end }: Message, counterBytes: 2 | 8): readonly [heap: number, tree: number] | null {
  const reading = readingOf(file, start, end);
  reading.skip(1);
  if ((reading.number(1) & 1) !== 0) reading.skip(counterBytes);
  const [heap, tree] = [reading.address(), reading.address()];
  return heap === null || tree === null ? null : [heap, tree];
}

function linksOf(file: Hdf5Bytes, messages: readonly Message[]): readonly Link[] {
  const links: Link[] = [];
  for (const message of messages) {
    if (message.type === messageTypes.link) {
      const link = readLink(file, message.start, message.end);
      if (link !== null) links.push(link);
    } else if (message.type === messageTypes.linkInfo) {
      const places = stored(file, message, 8);
      if (places !== null)
        for (const [start, end] of heaped(file, ...places, 5)) {
          const link = readLink(file, start, end);
          if (link !== null) links.push(link);
        }
    } else if (message.type === messageTypes.symbolTable) {
      const reading = readingOf(file, message.start, message.end);
      const tree = reading.address() ?? reading.fail('a group without names');
      const nameOf = localHeap(file, reading.address() ?? reading.fail('a group without names'));
      for (const { child } of leavesOf(file, tree, 0, 8)) {
        const node = readingOf(file, child);
        node.expect('SNOD');
        node.skip(2);
        const count = node.number(2);
        file.claim(child, 8 + 40 * count);
        for (let index = 0; index < count; index++) {
          const name = nameOf(node.size());
          const header = node.address();
          const isSoft = node.number(4) === 2;
          node.skip(20);
          if (!isSoft && header !== null) links.push({ name, header });
        }
      }
    }
  }
  return links;
}

const isGroup = (messages: readonly Message[]): boolean =>
  messages.some(({ type }) => type === messageTypes.symbolTable || type === messageTypes.linkInfo || type === messageTypes.link);

function collect(file: Hdf5Bytes): Hdf5Content {
  const arrays = new Map<string, Hdf5Array>();
  const texts = new Map<string, readonly string[]>();
  const heap = globalHeaps(file);
  const seen = new Map<number, Hdf5Array | null>();
  let [left, visited] = [mostNumbers, 0];
  const addTexts = (path: string, start: number, end: number): void => {
    const attribute = readAttribute(file, { start, end });
    const found = attribute === null ? null : textsOf(file, attribute, heap);
    if (attribute !== null && found !== null) texts.set(`${path}@${attribute.name}`, found);
  };
  const look = (header: number, path: string, depth: number): void => {
    if (depth > deepest) throw new Hdf5Fault(`groups more than ${String(deepest)} deep`, header);
    if (++visited > mostObjects) throw new Hdf5Fault(`more than ${String(mostObjects)} groups and arrays`, header);
    const known = seen.get(header);
    if (known !== undefined) {
      // An array may have several names; a group is read under its first.
      if (known !== null) arrays.set(path, known);
      return;
    }
    seen.set(header, null);
    const messages = messagesOf(file, header);
    if (!isGroup(messages)) {
      const array = readArray(file, messages, left);
      if (array === null) return;
      left -= array.data.length;
      seen.set(header, array);
      arrays.set(path, array);
      return;
    }
    for (const message of messages) {
      if (message.type === messageTypes.attribute && !message.shared) addTexts(path, message.start, message.end);
      if (message.type !== messageTypes.attributeInfo) continue;
      const places = stored(file, message, 2);
      if (places !== null) for (const [start, end] of heaped(file, ...places, 8)) addTexts(path, start, end);
    }
    for (const { name, header: next } of linksOf(file, messages)) look(next, path === '' ? name : `${path}/${name}`, depth + 1);
  };
  look(rootOf(file), '', 0);
  return { arrays, texts };
}

/** All arrays of numbers and all texts of a file. Problem: model.damaged, with the file's name, the offset and the reason. */
export function readHdf5(bytes: Uint8Array, file: string): Outcome<Hdf5Content> {
  try {
    return success(collect(hdf5Bytes(bytes)));
  } catch (error) {
    if (error instanceof Hdf5Fault) return failure('model.damaged', { file, reason: error.reason, offset: error.offset });
    throw error;
  }
}
