/** Numbers the different texts of a column in the order of their first appearance, from bytes: one string a text, not a cell. */

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

  return {
    texts,
    codeOf: (bytes, start, end) => {
      // FNV-1a (Fowler, Noll, Vo).
      let hash = 0x811c9dc5;
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
      hash = (hash ^ (hash >>> 15)) >>> 0;
      let slot = hash & (slots.length - 1);
      for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
        const code = slots[slot]! - 1;
        const known = kept[code]!;
        if (known.length !== end - start) continue;
        let same = 0;
        while (same < known.length && known[same] === bytes[start + same]) same++;
        if (same === known.length) return code;
      }
      if (texts.length >= maximum) return -1;
      const own = bytes.slice(start, end);
      texts.push(decode(own));
      kept.push(own);
      hashes.push(hash);
      slots[slot] = texts.length;
      if (texts.length * 2 > slots.length) grow();
      return texts.length - 1;
    },
  };
}
