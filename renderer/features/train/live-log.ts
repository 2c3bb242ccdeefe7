/** The log of the training that runs, with a count of its changes for the charts, since the log itself is not reactive. */
import { markRaw, ref, type Ref } from 'vue';
import { createMetricsLog, type LogContent, type MetricsLog } from './metrics-log';

/** Milliseconds between two pictures of the curves. */
const chartInterval = 200;

export interface LiveLog {
  readonly log: MetricsLog;
  readonly version: Readonly<Ref<number>>;
  /** Lets the charts look at the log again: at once after a rest, else a few times a second, with a frame of its own. */
  changed(): void;
  clear(): void;
  goBackTo(step: number): void;
  replace(content: LogContent): void;
}

export function createLiveLog(): LiveLog {
  const log = markRaw(createMetricsLog());
  const version = ref(0);
  let isShown = true;
  let lastShown = -Infinity;
  function changed(): void {
    if (!isShown) return;
    isShown = false;
    setTimeout(
      () => {
        requestAnimationFrame(() => {
          isShown = true;
          lastShown = performance.now();
          version.value += 1;
        });
      },
      Math.max(0, lastShown + chartInterval - performance.now()),
    );
  }
  return {
    log,
    version,
    changed,
    clear() {
      log.clear();
      changed();
    },
    goBackTo(step) {
      log.goBackTo(step);
      changed();
    },
    replace(content) {
      log.replace(content);
      changed();
    },
  };
}
