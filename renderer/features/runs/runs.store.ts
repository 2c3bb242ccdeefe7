/** The project's runs and their checkpoints as the screen lists them, what is chosen among them, and what a person does with them. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowReactive, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ContractError, ContractRequest, ContractResponse } from '../../../main/contract/contract';
import { measuresOf, type RunMeasures } from '../../../main/contract/run-records';
import { useProblemText } from '../../language/problem-text';
import { call } from '../../platform/client';
import { notify } from '../../ui/announcements';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';
import { columnsOf, found, isBetterHigherFor, sorted, type Order, type Run } from './run-table';

export type Checkpoint = ContractResponse<'checkpoints.list'>[number];
export type RemovedRun = ContractResponse<'runs.removed'>[number];
type Changes = Omit<ContractRequest<'runs.edit'>, 'project' | 'runId'>;

/** A run as it was read whole. */
export interface OpenedRun {
  readonly document: unknown;
  readonly measures: RunMeasures;
}

export const useRunsStore = defineStore('runs', () => {
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const project = useProjectStore();
  const train = useTrainStore();

  const runs = shallowRef<readonly Run[]>([]);
  const checkpoints = shallowRef<readonly Checkpoint[]>([]);
  const removed = shallowRef<readonly RemovedRun[]>([]);
  const error = shallowRef<ContractError | null>(null);
  const search = ref('');
  const showsHidden = ref(false);
  const order = reactive<{ column: string; descending: boolean }>({ column: 'started', descending: true });
  /** Ids of the runs that are compared, in the order in which they were chosen. */
  const chosen = ref<readonly string[]>([]);
  /** The run whose name, notes and checkpoints are open in the dock. */
  const described = ref<string | null>(null);
  /** A checkpoint to look at is on its way. */
  const scrubbing = ref(false);
  let wanted: Checkpoint | null = null;
  const opened = shallowReactive(new Map<string, OpenedRun>());

  async function refresh(): Promise<void> {
    const token = project.token;
    if (token === null) return;
    const [listed, kept, gone] = await Promise.all([
      call('runs.list', { project: token }),
      call('checkpoints.list', { project: token }),
      call('runs.removed', { project: token }),
    ]);
    if (token !== project.token) return;
    error.value = listed.ok ? (kept.ok ? null : kept.error) : listed.error;
    const before = new Map(runs.value.map((run) => [run.id, run]));
    runs.value = listed.ok ? listed.value : [];
    checkpoints.value = kept.ok ? kept.value : [];
    removed.value = gone.ok ? gone.value : [];
    const ids = new Set(runs.value.map(({ id }) => id));
    chosen.value = chosen.value.filter((id) => ids.has(id));
    // What went on since it was read is read again.
    for (const run of runs.value) if (before.get(run.id)?.measures.steps !== run.measures.steps && opened.has(run.id)) void open(run.id);
  }

  async function open(id: string): Promise<void> {
    const token = project.token;
    if (token === null) return;
    const read = await call('runs.read', { project: token, runId: id });
    if (token !== project.token) return;
    if (read.ok) opened.set(id, { document: read.value.document, measures: measuresOf(read.value.metrics) });
    else error.value = read.error;
  }

  watch(
    [() => project.token, () => project.generation, () => train.checkpointsVersion, () => train.runsVersion],
    ([, generation], [, before]) => {
      if (generation !== before) {
        opened.clear();
        chosen.value = [];
      }
      void refresh();
    },
  );
  void refresh();
  watch(chosen, (ids) => {
    for (const id of ids) if (!opened.has(id)) void open(id);
  });

  const hiddenCount = computed(() => runs.value.filter(({ hidden }) => hidden).length);
  const shown = computed(() => found(showsHidden.value ? runs.value : runs.value.filter(({ hidden }) => !hidden), search.value));
  const columns = computed(() => columnsOf(shown.value));
  const rows = computed(() => sorted(shown.value, columns.value, order));
  const chosenRuns = computed(() => chosen.value.flatMap((id) => runs.value.find((run) => run.id === id) ?? []));

  function sortBy(column: string): void {
    const next: Order =
      order.column === column
        ? { column, descending: !order.descending }
        : { column, descending: column === 'started' || (column.startsWith('measure ') && isBetterHigherFor(column)) };
    Object.assign(order, next);
  }

  function choose(id: string, isChosen: boolean): void {
    chosen.value = isChosen ? [...chosen.value.filter((known) => known !== id), id] : chosen.value.filter((known) => known !== id);
  }

  const tell = (problem: ContractError): void => {
    notify({ tone: 'error', text: problemText(problem) });
  };

  async function edit(id: string, changes: Changes): Promise<void> {
    if (project.token === null) return;
    const edited = await call('runs.edit', { project: project.token, runId: id, ...changes });
    if (edited.ok) runs.value = runs.value.map((run) => (run.id === id ? edited.value : run));
    else tell(edited.error);
  }

  async function restore(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (project.token === null) return;
      const back = await call('runs.restore', { project: project.token, runId: id });
      if (!back.ok) tell(back.error);
    }
    await refresh();
  }

  /** Into the trash; the notice offers the way back. */
  async function remove(ids: readonly string[]): Promise<void> {
    const gone: string[] = [];
    for (const id of ids) {
      if (project.token === null) return;
      const done = await call('runs.remove', { project: project.token, runId: id });
      if (done.ok) gone.push(id);
      else tell(done.error);
    }
    await refresh();
    if (gone.length > 0)
      notify({
        tone: 'neutral',
        text: t('runs.removed', { count: gone.length }, gone.length),
        action: { label: t('runs.undo'), perform: () => void restore(gone) },
      });
  }

  async function exportRun(id: string, format: 'html' | 'tensorboard'): Promise<void> {
    if (project.token === null) return;
    const written = await call('runs.export', { project: project.token, runId: id, format, folder: null });
    if (written.ok) notify({ tone: 'good', text: t('charts.save.saved', { location: written.value.location }) });
    else tell(written.error);
  }

  async function pinCheckpoint({ runId, id, pinned }: Checkpoint): Promise<void> {
    if (project.token === null) return;
    const done = await call('checkpoints.pin', { project: project.token, runId, id, pinned: !pinned });
    if (!done.ok) tell(done.error);
    await refresh();
  }

  /** Looks at a checkpoint. Those asked for while one is on its way wait, and of them the last is looked at. */
  async function look(checkpoint: Checkpoint): Promise<void> {
    wanted = checkpoint;
    if (scrubbing.value) return;
    scrubbing.value = true;
    while (wanted !== null) {
      const next: Checkpoint = wanted;
      wanted = null;
      if (!(await train.lookAt(next.runId, next.id))) wanted = null;
    }
    scrubbing.value = false;
  }

  const checkpointsOf = (id: string): readonly Checkpoint[] => checkpoints.value.filter(({ runId }) => runId === id);

  return {
    runs,
    removed,
    error,
    search,
    showsHidden,
    hiddenCount,
    order,
    sortBy,
    columns,
    rows,
    chosen,
    chosenRuns,
    described,
    choose,
    opened,
    open,
    refresh,
    edit,
    remove,
    restore,
    exportRun,
    checkpoints,
    checkpointsOf,
    scrubbing: computed(() => scrubbing.value),
    look,
    pinCheckpoint,
  };
});
