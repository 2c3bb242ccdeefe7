/** The mean sample of each class, as far as samples were seen. Pure. */
export interface ClassMeans {
  /** One more sample of a class; those of unknown classes count for none. */
  add(label: number, values: ArrayLike<number>): void;
  /** How many samples of the class were added. */
  countOf(label: number): number;
  /** Null where there was none. */
  meanOf(label: number): Float32Array | null;
}

export function createClassMeans(classes: number, size: number): ClassMeans {
  const sums = new Map<number, Float64Array>();
  const counts = new Uint32Array(classes);
  return {
    add(label, values) {
      if (label < 0 || label >= classes) return;
      const sum = sums.get(label) ?? new Float64Array(size);
      sums.set(label, sum);
      for (let index = 0; index < size; index++) sum[index] = (sum[index] ?? 0) + (values[index] ?? 0);
      counts[label] = (counts[label] ?? 0) + 1;
    },
    countOf: (label) => counts[label] ?? 0,
    meanOf(label) {
      const sum = sums.get(label);
      const count = counts[label] ?? 0;
      return sum === undefined ? null : Float32Array.from(sum, (value) => value / count);
    },
  };
}

/** At most `most` of the places, spread evenly over them: the same every time. */
export function spread(places: Uint32Array, most: number): Uint32Array {
  if (places.length <= most) return places;
  return Uint32Array.from({ length: most }, (_, index) => places[Math.floor((index * places.length) / most)] ?? 0);
}
