/**
 * Samples that a person makes in the window, into classes that the person names: into a new data set or one of their own. They
 * are in memory until they are kept.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ContractError } from '../../../../main/contract/contract';
import { call, upload } from '../../../platform/client';
import { useWorkspaceStore } from '../../workspace.store';
import { useDataStore, type DatasetSummary } from '../data.store';
import { countCaptured, packed, whatIsMissing, withoutClass, type CapturedSample } from './capture-model';

const panelId = 'capture';
/** Shares of the new samples, by lot of this seed. */
export const captureSplits = { validation: 0.1, test: 0.1, seed: 1 };
const firstClasses = ['A', 'B'];

/** Whether samples of it can be made here: pictures of bytes, each of one class, a person's own. */
const isGrowable = ({ bundled, sampleType, sampleShape: [channels, ...sides], labelShape, classes }: DatasetSummary): boolean =>
  !bundled &&
  sampleType === 'u8' &&
  (channels === 1 || channels === 3) &&
  sides.length === 2 &&
  labelShape.length === 0 &&
  classes.length > 0;

export const useCaptureStore = defineStore('capture', () => {
  const data = useDataStore();
  const workspace = useWorkspaceStore();
  const isOpen = ref(false);
  /** Id of the data set that grows; null makes a new one. */
  const target = ref<string | null>(null);
  const name = ref('');
  const side = ref(28);
  const channels = ref<1 | 3>(1);
  const classes = ref<string[]>([...firstClasses]);
  /** How many classes the data set had before: their names stay. */
  const known = ref(0);
  const label = ref(0);
  const samples = shallowRef<readonly CapturedSample[]>([]);
  const isSaving = ref(false);
  const error = shallowRef<ContractError | null>(null);
  /** The data set that was made or grew last, and by how many samples. */
  const saved = shallowRef<{ readonly name: string; readonly count: number } | null>(null);
  let key = 0;
  let maximised: typeof workspace.maximised = null;

  const growable = computed(() => data.available.filter(isGrowable));
  const shape = computed<readonly [1 | 3, number, number]>(() => {
    const [planes, height, width] = growable.value.find(({ id }) => id === target.value)?.sampleShape ?? [];
    return planes === undefined ? [channels.value, side.value, side.value] : [planes === 3 ? 3 : 1, height ?? 1, width ?? 1];
  });
  const counts = computed(() => countCaptured(samples.value, classes.value.length));
  const missing = computed(() => whatIsMissing(name.value, classes.value, samples.value));

  function open(): void {
    if (!isOpen.value) maximised = workspace.maximised;
    isOpen.value = true;
    workspace.showPanel('bottom', panelId);
    workspace.maximised = 'bottom';
  }
  function close(): void {
    isOpen.value = false;
    saved.value = null;
    if (workspace.docks.bottom.tab === panelId) workspace.docks.bottom.tab = 'training';
    workspace.maximised = maximised;
  }

  /** What is not kept yet has the form of the data set that it was made for: it goes. */
  function aim(id: string | null): void {
    const dataset = growable.value.find((each) => each.id === id);
    target.value = dataset?.id ?? null;
    name.value = dataset?.name ?? '';
    classes.value = dataset ? [...dataset.classes] : [...firstClasses];
    known.value = dataset?.classes.length ?? 0;
    label.value = 0;
    samples.value = [];
  }
  function reshape(planes: 1 | 3, pixels: number): void {
    channels.value = planes;
    side.value = pixels;
    samples.value = [];
  }

  function add(values: Uint8Array): void {
    key += 1;
    saved.value = null;
    samples.value = [...samples.value, { key, values, label: label.value }];
  }
  function remove(removed: number): void {
    samples.value = samples.value.filter((sample) => sample.key !== removed);
  }
  function addClass(): void {
    label.value = classes.value.push('') - 1;
  }
  function removeClass(index: number): void {
    if (index < known.value || classes.value.length <= 1) return;
    classes.value.splice(index, 1);
    samples.value = withoutClass(samples.value, index);
    label.value = Math.min(label.value, classes.value.length - 1);
  }

  async function save(): Promise<void> {
    if (missing.value !== null || isSaving.value) return;
    isSaving.value = true;
    error.value = null;
    const { bytes, labels } = packed(samples.value);
    const sent = await upload(name.value.trim(), bytes, { progress: () => undefined, signal: new AbortController().signal });
    const kept = sent.ok
      ? await call('datasets.append', {
          id: target.value,
          name: name.value.trim(),
          sampleShape: [...shape.value],
          classes: classes.value.map((each) => each.trim()),
          samples: sent.value,
          labels,
          splits: captureSplits,
        })
      : sent;
    isSaving.value = false;
    if (!kept.ok) {
      error.value = kept.error;
      return;
    }
    await data.refresh();
    if (data.wanted === kept.value.id) await data.reopen();
    else data.choose(kept.value.id);
    aim(kept.value.id);
    saved.value = { name: kept.value.name, count: labels.length };
  }

  return {
    isOpen,
    target,
    name,
    side,
    channels,
    classes,
    known,
    label,
    samples,
    isSaving,
    error,
    saved,
    growable,
    shape,
    counts,
    missing,
    open,
    close,
    aim,
    reshape,
    add,
    remove,
    addClass,
    removeClass,
    save,
  };
});
