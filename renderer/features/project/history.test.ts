import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commit, endGesture, maximumSteps, redo, startHistory, undo, type History } from './history';

interface State {
  readonly numbers: readonly number[];
  readonly name: string;
}
const empty = startHistory<State>({ numbers: [], name: '' });
const push = (history: History<State>, value: number, gesture: string | null = null) =>
  commit(history, 'push', (draft) => void draft.numbers.push(value), gesture);
const rename = (history: History<State>, name: string, gesture: string | null = null) =>
  commit(
    history,
    'rename',
    (draft) => {
      draft.name = name;
    },
    gesture,
  );

describe('history of edits', () => {
  it('undoes and redoes any row of edits to equal states', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 20 }), (edits) => {
        const histories = [empty];
        for (const edit of edits) {
          const last = histories.at(-1) ?? empty;
          histories.push(typeof edit === 'number' ? push(last, edit) : rename(last, edit));
        }
        let history = histories.at(-1) ?? empty;
        const steps = history.past.length;
        const end = history.state;
        for (let step = 0; step < steps; step += 1) history = undo(history);
        expect(history.state).toEqual(empty.state);
        expect(history.future).toHaveLength(steps);
        for (let step = 0; step < steps; step += 1) history = redo(history);
        expect(history.state).toEqual(end);
      }),
    );
  });

  it('makes one step of edits with the same gesture, until it ends', () => {
    let history = rename(empty, 'a', 'typing');
    history = rename(history, 'ab', 'typing');
    expect(history.past).toHaveLength(1);
    expect(undo(history).state.name).toBe('');
    expect(redo(undo(history)).state.name).toBe('ab');
    history = rename(endGesture(history), 'abc', 'typing');
    expect(history.past).toHaveLength(2);
    expect(undo(history).state.name).toBe('ab');
  });

  it('does not merge into a step that was undone', () => {
    const history = rename(undo(rename(rename(empty, 'a'), 'b', 'typing')), 'c', 'typing');
    expect(history.past).toHaveLength(2);
    expect(undo(history).state.name).toBe('a');
  });

  it('keeps nothing of an edit that changes nothing, and forgets the future after a new one', () => {
    const history = push(empty, 1);
    expect(commit(history, 'nothing', () => undefined)).toBe(history);
    expect(push(undo(history), 2).future).toHaveLength(0);
  });

  it(`remembers ${String(maximumSteps)} steps`, () => {
    let history = empty;
    for (let value = 0; value < maximumSteps + 3; value += 1) history = push(history, value);
    expect(history.past).toHaveLength(maximumSteps);
    while (history.past.length > 0) history = undo(history);
    expect(history.state.numbers).toEqual([0, 1, 2]);
  });

  it('leaves what it cannot undo or redo as it is', () => {
    expect(undo(empty)).toBe(empty);
    expect(redo(empty)).toBe(empty);
  });
});
