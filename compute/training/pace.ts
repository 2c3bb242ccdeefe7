/**
 * How many steps go into one submit, and how many submits are in flight: enough that the device never waits, few enough
 * that a pause is answered at once. Pure; it knows no device and reads no clock.
 */

/** Milliseconds of work that may be queued; with what a message takes to arrive, a pause is answered within 200. */
const QUEUE_BUDGET = 120;
/** Milliseconds of work in one submit; three of them fill the budget. */
const SUBMIT_TARGET = 40;
const MAXIMUM_IN_FLIGHT = 3;
export const MAXIMUM_STEPS_PER_SUBMIT = 64;

export interface Pace {
  /** How many of the `remaining` steps to submit now, when these numbers of submits and steps are in flight; 0 is to wait. */
  next(submitsInFlight: number, stepsInFlight: number, remaining: number): number;
  /** A submit of `steps` has ended, which kept the device busy for so long. */
  measured(steps: number, milliseconds: number): void;
  /** Milliseconds a step, smoothed; null before the first measurement. */
  readonly stepMilliseconds: number | null;
}

export function createPace(): Pace {
  let stepMilliseconds: number | null = null;
  return {
    next(submitsInFlight, stepsInFlight, remaining) {
      if (remaining <= 0) return 0;
      // Nothing is known yet: a single step tells.
      if (stepMilliseconds === null) return submitsInFlight === 0 ? 1 : 0;
      const wanted = Math.max(1, Math.min(MAXIMUM_STEPS_PER_SUBMIT, remaining, Math.round(SUBMIT_TARGET / stepMilliseconds)));
      // A device slower than the budget gets one step at a time: waiting for the next costs it next to nothing.
      if (submitsInFlight === 0) return wanted;
      return submitsInFlight < MAXIMUM_IN_FLIGHT && (stepsInFlight + wanted) * stepMilliseconds <= QUEUE_BUDGET ? wanted : 0;
    },
    measured(steps, milliseconds) {
      // Never 0, by which it is divided: clocks of workers are coarse.
      const latest = Math.max(0.01, milliseconds / steps);
      // Slower is believed at once, faster by and by, so that the queue never grows past the budget for long.
      stepMilliseconds = stepMilliseconds === null || latest > stepMilliseconds ? latest : 0.7 * stepMilliseconds + 0.3 * latest;
    },
    get stepMilliseconds() {
      return stepMilliseconds;
    },
  };
}
