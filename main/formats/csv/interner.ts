/** Numbers the different texts of a column in the order of their first appearance, from bytes: one string a text, not a cell. */

/** A number holds 53 bits: so many bytes, and the one before them. */
const mostKeyBytes = 6;

export interface Interner {
  /** The code of the text at bytes[start, end): from 0. −1 where it is one more than may be. */
  readonly codeOf: (bytes: Uint8Array, start: number, end: number) => number;
  /** All texts so far, by code. Grows. */
  readonly texts: readonly string[];
}

/**
 * `decode` makes the text of bytes, once for each different one, and may throw. Texts are compared as bytes; those that decode
 * alike have different codes only if their bytes differ.
 */
export function createInterner(decode: (bytes: Uint8Array) => string, maximum: number): Interner {
  const texts: string[] = [];
  const kept: Uint8Array[] = [];
  const hashes: number[] = [];
  /** Codes plus one by hash, open addressing; 0 is free. Never more than half full. */
  let slots = new Int32Array(256);

  const grow = (): void => {
    slots = new Int32Array(slots.length * 2);
    hashes.forEach((hash, code) => {
      let slot = hash & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = code + 1;
    });
  };

  /** Short texts as whole numbers, all their bytes and a one before them: equal where the texts are. 0: a longer text. */
  let keys = new Float64Array(128);

  const isKnown = (code: number, key: number, bytes: Uint8Array, start: number, length: number): boolean => {
    if (key !== 0 || keys[code] !== 0) return keys[code] === key;
    const known = kept[code]!;
    if (known.length !== length) return false;
    let same = 0;
    while (same < length && known[same] === bytes[start + same]) same++;
    return same === length;
  };

  return {
    texts,
    codeOf: (bytes, start, end) => {
      const length = end - start;
      // FNV-1a (Fowler, Noll, Vo).
      let hash = 0x811c9dc5;
      let key = 1;
      for (let at = start; at < end; at++) {
        const byte = bytes[at]!;
        hash = Math.imul(hash ^ byte, 0x01000193);
        key = key * 256 + byte;
      }
      if (length > mostKeyBytes) key = 0;
      hash = (hash ^ (hash >>> 15)) >>> 0;
      let slot = hash & (slots.length - 1);
      for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
        const code = slots[slot]! - 1;
        if (isKnown(code, key, bytes, start, length)) return code;
      }
      if (texts.length >= maximum) return -1;
      // A copy of its own: a slice of a Buffer would keep all of it.
      const own = Uint8Array.from(bytes.subarray(start, end));
      texts.push(decode(own));
      kept.push(own);
      hashes.push(hash);
      if (texts.length > keys.length) {
        const more = new Float64Array(keys.length * 2);
        more.set(keys);
        keys = more;
      }
      keys[texts.length - 1] = key;
      slots[slot] = texts.length;
      if (texts.length * 2 > slots.length) grow();
      return texts.length - 1;
    },
  };
}
