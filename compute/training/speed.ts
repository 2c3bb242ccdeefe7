/** How fast a training goes, from how many samples were finished when. Pure; it reads no clock. */

/** Milliseconds over which the speed is averaged: long enough to be calm, short enough to follow. */
const WINDOW = 3000;

export interface Speed {
  /** Training begins, or goes on, now. */
  begin(now: number): void;
  finished(samples: number, now: number): void;
  /** Samples a second; 0 before anything is known. */
  readonly samplesPerSecond: number;
}

export function createSpeed(): Speed {
  let marks: { readonly time: number; readonly samples: number }[] = [];
  let total = 0;
  return {
    begin(now) {
      marks = [{ time: now, samples: total }];
    },
    finished(samples, now) {
      total += samples;
      marks.push({ time: now, samples: total });
      while (marks.length > 2 && now - (marks[1]?.time ?? now) >= WINDOW) marks.shift();
    },
    get samplesPerSecond() {
      const [first] = marks;
      const last = marks.at(-1);
      if (first === undefined || last === undefined || last.time <= first.time) return 0;
      return ((last.samples - first.samples) * 1000) / (last.time - first.time);
    },
  };
}
