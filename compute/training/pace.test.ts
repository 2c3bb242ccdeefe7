import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAXIMUM_STEPS_PER_SUBMIT, createPace } from './pace';

/** Runs a pace against a device that takes `cost` a step, until nothing more fits; gives steps in flight. */
function fill(cost: number): { submits: number; steps: number } {
  const pace = createPace();
  expect(pace.next(0, 0, 1000)).toBe(1);
  expect(pace.next(1, 1, 1000)).toBe(0);
  pace.measured(1, cost);
  let submits = 0;
  let steps = 0;
  for (let next = pace.next(0, 0, 1000); next > 0; next = pace.next(submits, steps, 1000)) {
    submits++;
    steps += next;
  }
  return { submits, steps };
}

describe('the pace of training', () => {
  it('queues no more work than a pause may wait for, unless one step is more', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 2000, noNaN: true }), (cost) => {
        const { submits, steps } = fill(cost);
        expect(submits).toBeGreaterThanOrEqual(1);
        expect(submits).toBeLessThanOrEqual(3);
        expect(steps === 1 || steps * cost <= 120).toBe(true);
      }),
      { seed: 1 },
    );
  });

  it('keeps a fast device busy with several submits of many steps', () => {
    expect(fill(0.1)).toEqual({ submits: 3, steps: 3 * MAXIMUM_STEPS_PER_SUBMIT });
  });

  it('gives a slow device one step at a time', () => {
    expect(fill(300)).toEqual({ submits: 1, steps: 1 });
  });

  it('never goes past what remains', () => {
    const pace = createPace();
    pace.measured(1, 0.1);
    expect(pace.next(0, 0, 5)).toBe(5);
    expect(pace.next(0, 0, 0)).toBe(0);
  });

  it('slows down at once when the device does', () => {
    const pace = createPace();
    pace.measured(10, 10);
    pace.measured(10, 1000);
    expect(pace.next(0, 0, 1000)).toBe(1);
  });
});
