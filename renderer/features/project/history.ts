/**
 * Edits as patches, one gesture one step: what undo and redo walk along. Pure; it knows nothing of what is edited.
 */
import { apply, create, type Draft, type Patches } from 'mutative';

export interface Step {
  /** Key of the edit's name in the locale files. */
  readonly label: string;
  readonly patches: Patches;
  readonly inverse: Patches;
  /** Edits with the same gesture, one after the other, are one step. */
  readonly gesture: string | null;
}

export interface History<State> {
  readonly state: State;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

/** Enough for a day's work; older steps are forgotten. */
export const maximumSteps = 500;

export const startHistory = <State>(state: State): History<State> => ({ state, past: [], future: [] });

/** Applies a recipe as a step; one that changes nothing is none. What was undone before cannot be redone after. */
export function commit<State extends object>(
  history: History<State>,
  label: string,
  recipe: (draft: Draft<State>) => void,
  gesture: string | null = null,
): History<State> {
  const [state, patches, inverse] = create(history.state, recipe, { enablePatches: true });
  if (patches.length === 0) return history;
  const last = history.past.at(-1);
  const merges = gesture !== null && last?.gesture === gesture && history.future.length === 0;
  const step: Step = merges
    ? { label: last.label, patches: [...last.patches, ...patches], inverse: [...inverse, ...last.inverse], gesture }
    : { label, patches, inverse, gesture };
  const past = merges ? [...history.past.slice(0, -1), step] : [...history.past, step].slice(-maximumSteps);
  return { state, past, future: [] };
}

/** Ends the gesture: the next edit is a step of its own, whatever its gesture is called. */
export function endGesture<State>(history: History<State>): History<State> {
  const last = history.past.at(-1);
  return last === undefined || last.gesture === null
    ? history
    : { ...history, past: [...history.past.slice(0, -1), { ...last, gesture: null }] };
}

export function undo<State extends object>(history: History<State>): History<State> {
  const step = history.past.at(-1);
  if (!step) return history;
  return {
    state: apply(history.state, step.inverse),
    past: history.past.slice(0, -1),
    future: [{ ...step, gesture: null }, ...history.future],
  };
}

export function redo<State extends object>(history: History<State>): History<State> {
  const [step, ...future] = history.future;
  if (!step) return history;
  return { state: apply(history.state, step.patches), past: [...history.past, step], future };
}
