/** The data set of the open project: which there are, which is open, its samples, labels and counts. It knows no training. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Split } from '../../../compute/worker/protocol';
import type { ContractError, ContractResponse } from '../../../main/contract/contract';
import { call, download, downloadRange } from '../../platform/client';
import { useProjectStore } from '../project';
import { follow, type Progress } from './follow';
import { countClasses, createSampleReader, type Dataset, type SampleReader } from './sample-reader';
import { visibleSymbol } from '../../language/symbols';

export type DatasetSummary = ContractResponse<'datasets.list'>[number];

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly reader: SampleReader;
}

export const useDataStore = defineStore('data', () => {
  const project = useProjectStore();
  const available = shallowRef<readonly DatasetSummary[]>([]);
  const opened = shallowRef<OpenedDataset | null>(null);
  /** Why the project's data set is not open. */
  const error = shallowRef<ContractError | null>(null);
  const opening = shallowRef<Progress | null>(null);
  const counts = shallowRef<Partial<Record<Split, readonly number[]>>>({});
  const wanted = computed(() => (project.token === null ? null : project.content.dataset.id));
  const attempt = ref(0);
  /** As they can be seen. */
  const classNames = computed(() => (opened.value?.dataset.classes ?? []).map(visibleSymbol));
  /** What tokens stand for, by their number; null where samples are no tokens. */
  const symbols = computed(() => (opened.value?.dataset.sampleType === 'i32' ? opened.value.dataset.symbols : null));

  async function refresh(): Promise<void> {
    const listed = await call('datasets.list', null);
    if (listed.ok) available.value = listed.value;
    else error.value = listed.error;
  }

  async function countLabels(current: OpenedDataset): Promise<void> {
    if (current.dataset.classes.length === 0) return;
    for (const split of ['train', 'validation', 'test'] as const) {
      const labels = await current.reader.labels(split);
      if (opened.value !== current) return;
      if (labels.ok) counts.value = { ...counts.value, [split]: countClasses(labels.value, current.dataset.classes.length) };
    }
  }

  async function show(dataset: Dataset): Promise<void> {
    const current = { dataset, reader: createSampleReader(dataset, downloadRange, download) };
    opened.value = current;
    await countLabels(current);
  }

  /** The same data set as it is now, after an edit: what is shown stays until the new one is there. */
  async function reopen(): Promise<void> {
    const id = opened.value?.dataset.id;
    if (id === undefined || id !== wanted.value) return;
    const result = await call('datasets.open', { id });
    if (wanted.value !== id) return;
    if (result.ok) await show(result.value);
    else error.value = result.error;
    await refresh();
  }

  const editors: (() => Promise<void>)[] = [];
  /** Whoever edits samples says how its edits come to disk and into what is open. */
  function attachEditor(settle: () => Promise<void>): void {
    editors.push(settle);
  }
  /** Every edit of samples that was made so far is on disk and in what is open. */
  async function settleEdits(): Promise<void> {
    for (const settle of editors) await settle();
  }

  async function open(id: string): Promise<void> {
    opened.value = null;
    counts.value = {};
    error.value = null;
    opening.value = { fraction: 0, message: '' };
    const result = await follow(`dataset:${id}`, call('datasets.open', { id }), (progress) => {
      if (wanted.value === id) opening.value = progress;
    });
    if (wanted.value !== id) return;
    opening.value = null;
    if (!result.ok) {
      error.value = result.error;
      return;
    }
    void show(result.value);
  }

  watch(
    [wanted, attempt],
    ([id]) => {
      if (id !== null) void open(id);
    },
    { immediate: true },
  );
  void refresh();

  function choose(id: string): void {
    project.edit('data.edit.choose', (draft) => {
      draft.dataset.id = id;
    });
  }

  const retry = () => {
    attempt.value += 1;
  };

  return {
    available,
    opened,
    classNames,
    symbols,
    error,
    opening,
    counts,
    wanted,
    refresh,
    reopen,
    attachEditor,
    settleEdits,
    choose,
    retry,
  };
});
