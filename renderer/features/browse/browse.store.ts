/**
 * The browser of data: the table of all samples with what the network says to them, what is filtered, what is selected, and
 * edits that can be taken back. Edits are shown at once and sent to the system one after another; training gets them once it
 * rests.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Problem } from '../../../compute/graph/problem';
import type { ContractError, ContractRequest } from '../../../main/contract/contract';
import { useEngine } from '../../engine';
import { call } from '../../platform/client';
import { useDataStore } from '../data';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';
import { noHistory, remember, stepBack, stepForward } from './edit-history';
import {
  applyEdits,
  everything,
  filterPlaces,
  noPredictions,
  orderPlaces,
  type Filter,
  type Order,
  type Predictions,
  type SampleEdit,
  type SampleTable,
  type SplitName,
} from './sample-table';

type WireEdit = ContractRequest<'datasets.edit'>['edits'][number];

/** Samples that the worker is asked for at once: other calls come between. */
const piece = 512;
/** Milliseconds without an edit before training gets the data set anew. */
const restDelay = 1200;

const toWire = ({ places, label, split }: SampleEdit): WireEdit => ({ indices: [...places], label, split });

export const useBrowseStore = defineStore('browse', () => {
  const data = useDataStore();
  const project = useProjectStore();
  const train = useTrainStore();
  const engine = useEngine();

  const table = shallowRef<SampleTable | null>(null);
  /** What a regression predicts: the numbers of each sample, one sample after another; null where labels are classes. */
  const targets = shallowRef<Float32Array | null>(null);
  const predictions = shallowRef<Predictions>(noPredictions(0));
  /** 0 … 1 while the network is asked. */
  const predicting = ref<number | null>(null);
  /** `weightsVersion` of the weights that were asked; null before. */
  const predictedWith = ref<number | null>(null);
  const filter = shallowRef<Filter>(everything);
  const order = ref<Order>('place');
  const selection = shallowRef<ReadonlySet<number>>(new Set());
  /** The place of the sample that keys and the details are about. */
  const current = ref<number | null>(null);
  const history = shallowRef(noHistory);
  const saving = ref(0);
  const error = shallowRef<ContractError | Problem | null>(null);

  /** Counts who asked for predictions: the last one gets them. */
  let asked = 0;
  /** The data set was opened anew, as edits ask for, before the answer was whole: it is asked for again once the network is ready. */
  const isInterrupted = ref(false);
  let revision = 0;
  let dataset = '';
  /** Where edits go: the data set that is open, or its copy that is about to be. */
  let target = '';
  let sending: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function forget(): void {
    filter.value = everything;
    order.value = 'place';
    selection.value = new Set();
    current.value = null;
    history.value = noHistory;
    predictedWith.value = null;
    isInterrupted.value = false;
    error.value = null;
  }

  watch(
    () => data.opened,
    async (opened, _, onCleanup) => {
      let stale = false;
      onCleanup(() => {
        stale = true;
      });
      if (!opened) return;
      const { id, count, classes, labelShape } = opened.dataset;
      const isOther = id !== dataset && id !== target;
      dataset = id;
      target = id;
      if (isOther) {
        table.value = null;
        forget();
      }
      const read = await opened.reader.table();
      if (stale) return;
      if (!read.ok) {
        error.value = read.error;
        return;
      }
      // While an edit is on its way, what is shown is newer than what was read.
      if (saving.value > 0 && !isOther) return;
      revision = opened.dataset.revision;
      const { labels, splits, names } = read.value;
      const hasClasses = classes.length > 0 && labelShape.length === 0 && labels instanceof Int32Array;
      targets.value = labels instanceof Float32Array ? labels : null;
      table.value = { count, labels: hasClasses ? labels : null, splits, names };
      if (isOther || predictions.value.predicted.length !== count) predictions.value = noPredictions(count);
    },
    { immediate: true },
  );

  const places = computed(() =>
    table.value === null
      ? new Uint32Array(0)
      : orderPlaces(filterPlaces(table.value, predictions.value, filter.value), order.value, table.value, predictions.value),
  );
  /** What an action is about: what is selected, else the current sample. */
  const chosen = computed<readonly number[]>(() =>
    selection.value.size > 0 ? [...selection.value] : current.value === null ? [] : [current.value],
  );
  const canPredict = computed(() => train.isConfigured && table.value?.labels !== null && predicting.value === null);
  const arePredictionsOld = computed(() => predictedWith.value !== null && predictedWith.value !== train.weightsVersion);

  /** What was shown and could not be kept is taken from disk again. */
  async function send(edits: readonly SampleEdit[]): Promise<void> {
    saving.value += 1;
    const sent = await call('datasets.edit', { id: target, revision, edits: edits.map(toWire) });
    saving.value -= 1;
    if (!sent.ok) {
      error.value = sent.error;
      history.value = noHistory;
      await data.reopen();
      return;
    }
    revision = sent.value.revision;
    if (sent.value.id === target) {
      clearTimeout(timer);
      timer = setTimeout(bringToTraining, restDelay);
      return;
    }
    // Of bundled data a copy was made: the project goes over to it.
    target = sent.value.id;
    await data.refresh();
    data.choose(target);
  }

  /** Training that runs keeps its data until it rests. */
  function bringToTraining(): void {
    if (!train.isRunning && saving.value === 0) void data.reopen();
  }
  watch(
    () => train.isRunning,
    (running) => {
      if (!running && table.value !== null && data.opened && data.opened.dataset.revision !== revision) bringToTraining();
    },
  );

  /** A training that begins before the edits have rested has them all the same. */
  data.attachEditor(async () => {
    await sending;
    clearTimeout(timer);
    if (data.opened?.dataset.id === target && data.opened.dataset.revision !== revision) await data.reopen();
  });

  /** Shows the edits and queues them; returns how many samples they change and how to bring those back. */
  function show(edits: readonly SampleEdit[]): { readonly count: number; readonly inverse: readonly SampleEdit[] } {
    if (table.value === null) return { count: 0, inverse: [] };
    const { table: edited, inverse } = applyEdits(table.value, edits);
    const count = inverse.reduce((sum, { places: changed }) => sum + changed.length, 0);
    if (count === 0) return { count, inverse };
    table.value = edited;
    error.value = null;
    sending = sending.then(() => send(edits));
    return { count, inverse };
  }

  /** One step: `label` is a key of the locale files that names it. Returns how many samples it changed. */
  function edit(label: string, edits: readonly SampleEdit[]): number {
    // The weights that are looked at would be gone with the data that they were loaded for.
    if (!project.mayEdit()) return 0;
    const { count, inverse } = show(edits);
    if (count > 0) history.value = remember(history.value, { label, count, edits, inverse });
    return count;
  }
  const relabel = (label: number, changed: readonly number[] = chosen.value): number =>
    edit('browse.edits.relabel', [{ places: changed, label, split: null }]);
  const move = (split: SplitName, changed: readonly number[] = chosen.value): number =>
    edit(split === 'excluded' ? 'browse.edits.exclude' : 'browse.edits.move', [{ places: changed, label: null, split }]);

  function undo(): boolean {
    if (!project.mayEdit()) return false;
    const back = stepBack(history.value);
    if (!back) return false;
    history.value = back.history;
    show(back.step.inverse);
    return true;
  }
  function redo(): boolean {
    if (!project.mayEdit()) return false;
    const forward = stepForward(history.value);
    if (!forward) return false;
    history.value = forward.history;
    show(forward.step.edits);
    return true;
  }

  /** Asks the network, as it is now, about all samples that are not excluded; anew from the first, in place of one who asks already. */
  async function predict(): Promise<void> {
    const opened = data.opened;
    if (!opened || !train.isConfigured || (table.value?.labels ?? null) === null) return;
    asked += 1;
    isInterrupted.value = false;
    const turn = asked;
    // What was answered before is shown until all is there: answers of two networks do not mix.
    const isFirst = predictedWith.value === null;
    predicting.value = 0;
    const members = await opened.reader.members();
    if (turn !== asked) return;
    if (!members.ok) {
      predicting.value = null;
      error.value = members.error;
      return;
    }
    const version = train.weightsVersion;
    const answers = noPredictions(opened.dataset.count);
    const total = Object.values(members.value).reduce((sum, { length }) => sum + length, 0);
    let done = 0;
    for (const split of ['test', 'validation', 'train'] as const) {
      const mine = members.value[split];
      for (let first = 0; first < mine.length; first += piece) {
        const indices = Uint32Array.from({ length: Math.min(piece, mine.length - first) }, (_, index) => first + index);
        const answer = await engine.call('predict-many', { split, indices });
        if (turn !== asked) return;
        if (data.opened !== opened || !answer.ok) {
          predicting.value = null;
          isInterrupted.value = data.opened !== opened || !train.isConfigured;
          if (!answer.ok && !isInterrupted.value) error.value = answer.problem;
          return;
        }
        indices.forEach((index, position) => {
          const place = mine[index] ?? 0;
          answers.predicted[place] = answer.value.predicted[position] ?? -1;
          answers.confidence[place] = answer.value.confidence[position] ?? NaN;
        });
        done += indices.length;
        predicting.value = done / total;
        // Seen as they come, a few times in all.
        if (isFirst && Math.floor((done / total) * 8) !== Math.floor(((done - indices.length) / total) * 8))
          predictions.value = { predicted: answers.predicted.slice(), confidence: answers.confidence.slice() };
      }
    }
    predictions.value = answers;
    predictedWith.value = version;
    predicting.value = null;
  }

  watch(
    () => isInterrupted.value && canPredict.value && data.opened !== null,
    (isDue) => {
      if (isDue) void predict();
    },
  );
  // Predictions are of the checkpoint that is looked at.
  watch(
    () => train.looksVersion,
    () => {
      if (predictedWith.value !== null || predicting.value !== null) void predict();
    },
  );

  function narrow(change: Partial<Filter>): void {
    filter.value = { ...filter.value, ...change };
    selection.value = new Set();
  }

  return {
    table,
    targets,
    predictions,
    predicting,
    arePredictionsOld,
    predictedWith,
    canPredict,
    predict,
    filter,
    narrow,
    order,
    places,
    selection,
    current,
    chosen,
    relabel,
    move,
    history,
    undo,
    redo,
    saving,
    error,
  };
});
