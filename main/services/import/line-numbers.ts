/** The lines on which the rows of a table stand: ascending within a file, mostly by one, so that a byte a row is enough. */
import { createGrowing } from './growing';

export interface LineNumbers {
  add(lines: Int32Array): void;
  /** From the first row on: each call gives those of the next `count` rows. */
  read(): (count: number) => Uint32Array;
}

/** Stands for a step that is kept by itself: backwards, to another file, or over many lines. */
const farStep = 255;

export function createLineNumbers(): LineNumbers {
  const steps = createGrowing((length) => new Uint8Array(length));
  const far = new Map<number, number>();
  let [count, last] = [0, 0];
  return {
    add: (lines) => {
      const some = new Uint8Array(lines.length);
      for (let index = 0; index < lines.length; index++) {
        const step = lines[index]! - last;
        const isNear = step >= 0 && step < farStep;
        some[index] = isNear ? step : farStep;
        if (!isNear) far.set(count + index, lines[index]!);
        last = lines[index]!;
      }
      steps.add(some);
      count += lines.length;
    },
    read: () => {
      const all = steps.all();
      let [row, line] = [0, 0];
      return (wanted) => {
        const lines = new Uint32Array(wanted);
        for (let index = 0; index < wanted; index++, row++) {
          line = all[row] === farStep ? (far.get(row) ?? 0) : line + (all[row] ?? 0);
          lines[index] = line;
        }
        return lines;
      };
    },
  };
}
