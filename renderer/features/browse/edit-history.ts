/** What was edited in a data set, to be taken back and done again. Pure. */
import type { SampleEdit } from './sample-table';

export interface EditStep {
  /** Key of its name in the locale files. */
  readonly label: string;
  /** How many samples it changed. */
  readonly count: number;
  readonly edits: readonly SampleEdit[];
  readonly inverse: readonly SampleEdit[];
}

export interface EditHistory {
  readonly past: readonly EditStep[];
  readonly future: readonly EditStep[];
}

export const noHistory: EditHistory = { past: [], future: [] };

const mostSteps = 200;

/** A new step: what was taken back before cannot be done again after. */
export const remember = ({ past }: EditHistory, step: EditStep): EditHistory => ({ past: [...past, step].slice(-mostSteps), future: [] });

/** The step to take back, and the history after; null where there is none. */
export function stepBack({ past, future }: EditHistory): { readonly step: EditStep; readonly history: EditHistory } | null {
  const step = past.at(-1);
  return step === undefined ? null : { step, history: { past: past.slice(0, -1), future: [step, ...future] } };
}

/** The step to do again, and the history after; null where there is none. */
export function stepForward({ past, future }: EditHistory): { readonly step: EditStep; readonly history: EditHistory } | null {
  const [step, ...rest] = future;
  return step === undefined ? null : { step, history: { past: [...past, step], future: rest } };
}
