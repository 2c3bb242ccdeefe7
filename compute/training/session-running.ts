/** Whether a session trains: its status, the loop, and how that is begun, halted and interrupted. */
import { delay } from './device-watch';
import type { NetworkInTraining } from './network-in-training';
import type { TrainingEvent, TrainingPosition, TrainingStatus } from './progress';
import { problemOf } from './session-problems';
import type { Cursor } from './snapshot';
import { trainingLoop } from './training-loop';

/** Milliseconds after which pause and stop answer, even if a slow device still works on the last step. */
const ANSWER_WITHIN = 100;

export interface Running {
  readonly status: TrainingStatus;
  /** Whether it trains and nobody has halted it. */
  readonly goesOn: boolean;
  /** Counts pauses and stops: what was asked for before one of them does not start after it. */
  readonly interruptions: number;
  /** Says what the training is now, at this position: that of the network by default. */
  setStatus(next: TrainingStatus, cursor?: Cursor): void;
  /** What a training that does not run is, by its position. */
  rest(): void;
  /** Trains for so many steps, or to the end; resolves, never rejects, when that is over. */
  start(limit: number): Promise<void>;
  /** A training that is over begins again at its first epoch, with the weights that it has. */
  beginAgain(): void;
  /** Resolves when nothing trains any more. */
  ended(): Promise<void>;
  halt(): Promise<void>;
  /** Ends training now; answers in time even if the device is not. */
  interrupt(next: 'paused' | 'idle'): Promise<TrainingPosition>;
  /** Halts without waiting. */
  dispose(): void;
}

export function createRunning(training: NetworkInTraining, emit: (event: TrainingEvent) => void): Running {
  let status: TrainingStatus = 'idle';
  let halted = false;
  let interruptions = 0;
  /** The loop, while it runs or drains. It never rejects. */
  let loop: Promise<void> | null = null;

  function setStatus(next: TrainingStatus, cursor: Cursor = training.cursor): void {
    status = next;
    emit({ type: 'status', status, position: training.positionOf(cursor) });
  }

  /** Trains until halted, for so many steps, or to the end; leaves the status that it ends with. */
  async function run(context: ReturnType<NetworkInTraining['loopContext']>, limit: number): Promise<void> {
    try {
      const end = await trainingLoop({ ...context, halted: () => halted }, limit);
      // Whoever halted it says so.
      if (end !== 'halted') setStatus(end);
    } catch (error) {
      // A lost device is recovered from elsewhere, and the status stays until then.
      if (await context.watch.isLoss(error)) return;
      emit({ type: 'problem', problem: problemOf(error, 'training.failed') });
      setStatus('failed');
    }
  }

  return {
    get status() {
      return status;
    },
    get goesOn() {
      return status === 'running' && !halted;
    },
    get interruptions() {
      return interruptions;
    },
    setStatus,
    rest() {
      if (training.cursor.step === 0) setStatus('idle');
      else setStatus(training.isOver ? 'finished' : 'paused');
    },
    start(limit) {
      halted = false;
      const context = training.loopContext();
      setStatus('running');
      const running = run(context, limit).finally(() => {
        if (loop === running) loop = null;
      });
      loop = running;
      return running;
    },
    beginAgain() {
      if (training.isOver || status === 'finished') training.beginAgain();
    },
    async ended() {
      await loop;
    },
    async halt() {
      halted = true;
      await loop;
    },
    async interrupt(next) {
      const wasRunning = status === 'running';
      halted = true;
      interruptions++;
      if (loop !== null) await Promise.race([loop, delay(ANSWER_WITHIN)]);
      // The loop may have ended by itself, or failed, in the meantime.
      if ((wasRunning && status === 'running') || (next === 'idle' && status === 'paused')) setStatus(next);
      return training.positionOf(training.cursor);
    },
    dispose() {
      halted = true;
    },
  };
}
