/** Values under numbers, as many as so many bytes hold: what was not asked for the longest time goes first. Pure. */
export interface KeptPictures<Picture extends { readonly byteLength: number }> {
  readonly bytes: number;
  get(place: number): Picture | undefined;
  set(place: number, picture: Picture): void;
  clear(): void;
}

/** The one that was set last stays, however large it is. */
export function keepPictures<Picture extends { readonly byteLength: number }>(mostBytes: number): KeptPictures<Picture> {
  // Maps are walked in the order in which keys were put in: the first is the oldest.
  const kept = new Map<number, Picture>();
  let bytes = 0;
  const forget = (place: number): void => {
    bytes -= kept.get(place)?.byteLength ?? 0;
    kept.delete(place);
  };
  return {
    get bytes() {
      return bytes;
    },
    get(place) {
      const picture = kept.get(place);
      if (picture !== undefined) {
        kept.delete(place);
        kept.set(place, picture);
      }
      return picture;
    },
    set(place, picture) {
      forget(place);
      kept.set(place, picture);
      bytes += picture.byteLength;
      for (const oldest of kept.keys()) {
        if (bytes <= mostBytes || kept.size === 1) break;
        forget(oldest);
      }
    },
    clear() {
      kept.clear();
      bytes = 0;
    },
  };
}
