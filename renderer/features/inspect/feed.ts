/**
 * Asks for what several views want to see, together and not too often: one request for all keys at a time, the next when
 * the answer is there and the interval has passed. It knows no engine and no component.
 */
export interface Feed<Value> {
  /** `give` gets what is known of the keys after each answer; returns how to stop. */
  watch(keys: readonly string[], give: (values: ReadonlyMap<string, Value>) => void): () => void;
  /** What was given may have changed. */
  refresh(): void;
}

interface Watcher<Value> {
  readonly keys: readonly string[];
  readonly give: (values: ReadonlyMap<string, Value>) => void;
}

/** `fetchMany` gives what it can; keys without a value are left out. `interval` in milliseconds. */
export function createFeed<Value>(
  fetchMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  interval: number,
): Feed<Value> {
  const watchers = new Set<Watcher<Value>>();
  let isDirty = false;
  let isAsking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAnswer = -Infinity;

  async function ask(): Promise<void> {
    timer = undefined;
    isDirty = false;
    isAsking = true;
    const keys = new Set<string>();
    for (const watcher of watchers) for (const key of watcher.keys) keys.add(key);
    const values = await fetchMany([...keys]);
    isAsking = false;
    lastAnswer = performance.now();
    for (const watcher of [...watchers]) if (watcher.keys.every((key) => keys.has(key))) watcher.give(values);
    plan();
  }

  function plan(): void {
    if (!isDirty || isAsking || timer !== undefined || watchers.size === 0) return;
    timer = setTimeout(() => void ask(), Math.max(0, lastAnswer + interval - performance.now()));
  }

  function refresh(): void {
    isDirty = true;
    plan();
  }

  return {
    watch(keys, give) {
      const watcher = { keys, give };
      watchers.add(watcher);
      refresh();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) {
          clearTimeout(timer);
          timer = undefined;
        }
      };
    },
    refresh,
  };
}
