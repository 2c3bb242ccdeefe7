/** Waiting for what watched state comes to. */
import { watch } from 'vue';

/** Resolves once the condition holds, at once if it does. */
export const until = (condition: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const stop = watch(
      condition,
      (holds) => {
        if (!holds) return;
        queueMicrotask(() => {
          stop();
        });
        resolve();
      },
      { immediate: true },
    );
  });
