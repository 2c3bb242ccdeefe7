/** The sample under the lens: one of the data set, or a drawn one. Others look at it; it knows nothing of them. */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { SampleReference, Split } from '../../../compute/worker/protocol';
import type { ContractError } from '../../../main/contract/contract';
import { useWorkspaceStore } from '../workspace.store';
import { useDataStore } from './data.store';

export interface ChosenSample {
  readonly reference: SampleReference;
  /** Row-major, of the data set's sample shape or of the network's input. */
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** The true class; null for a drawn sample, and where labels are by position. */
  readonly label: number | null;
  /** The true classes of the positions, where labels are by position. */
  readonly targets: Int32Array | null;
}

export const useSampleStore = defineStore('sample', () => {
  const data = useDataStore();
  const workspace = useWorkspaceStore();
  const chosen = shallowRef<ChosenSample | null>(null);
  const error = shallowRef<ContractError | null>(null);
  let latest = 0;

  /** Puts a sample of the data set under the lens. */
  async function choose(split: Split, index: number): Promise<void> {
    const ticket = ++latest;
    const current = data.opened;
    if (!current) return;
    const [sample, labels] = await Promise.all([current.reader.sample(split, index), current.reader.labels(split)]);
    if (ticket !== latest) return;
    if (!sample.ok || !labels.ok) {
      error.value = sample.ok ? (labels.ok ? null : labels.error) : sample.error;
      return;
    }
    error.value = null;
    const { labelShape } = current.dataset;
    // Targets of a regression are no classes.
    const classes = labels.value instanceof Int32Array ? labels.value : null;
    const size = labelShape.reduce((product, axis) => product * axis, 1);
    chosen.value = {
      reference: { from: 'split', split, index },
      values: sample.value,
      shape: current.dataset.sampleShape,
      label: labelShape.length > 0 ? null : (classes?.[index] ?? null),
      targets: labelShape.length > 0 ? (classes?.subarray(index * size, (index + 1) * size) ?? null) : null,
    };
  }

  /** The same, and shows the lens. */
  function look(split: Split, index: number): void {
    workspace.showPanel('bottom', 'sample');
    void choose(split, index);
  }

  function draw(values: Float32Array, shape: readonly number[]): void {
    latest += 1;
    error.value = null;
    chosen.value = { reference: { from: 'data', values }, values, shape, label: null, targets: null };
  }

  function clear(): void {
    latest += 1;
    chosen.value = null;
  }

  /** The neighbour in the same split, if the sample is of the data set. */
  function move(by: number): void {
    const reference = chosen.value?.reference;
    const count = reference?.from === 'split' ? (data.opened?.dataset.counts[reference.split] ?? 0) : 0;
    if (reference?.from !== 'split' || count === 0) return;
    void choose(reference.split, (reference.index + by + count) % count);
  }

  // Another data set: its samples are others. The first of the validation split is a start.
  watch(
    () => data.opened,
    (current) => {
      clear();
      if (current && current.dataset.counts.validation > 0) void choose('validation', 0);
    },
    { immediate: true },
  );

  const isDrawn = computed(() => chosen.value?.reference.from === 'data');
  return { chosen, error, isDrawn, choose, look, draw, clear, move };
});
