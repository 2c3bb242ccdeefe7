/** The project's sweeps, and those that the engine works through: a trial after the other, each step on the disk. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import * as v from 'valibot';
import {
  contentOfTrial,
  isDone,
  nextTrial,
  sweepSchema,
  trialName,
  type Sweep,
  type SweepPlan,
  type SweepTrial,
} from '../../../compute/graph/sweep';
import { analyseNetwork } from '../../../compute/layers/network';
import type { ContractError } from '../../../main/contract/contract';
import { useProblemText, type Explainable } from '../../language/problem-text';
import { call } from '../../platform/client';
import { notify } from '../../ui/announcements';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';
import { useRunTexts } from './run-texts';

/** A sweep as the program keeps it; null for what another version wrote. */
const readSweep = (value: unknown): Sweep | null => {
  const parsed = v.safeParse(sweepSchema, value);
  return parsed.success ? parsed.output : null;
};

export const useSweepsStore = defineStore('sweeps', () => {
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const project = useProjectStore();
  const train = useTrainStore();
  const { pathName } = useRunTexts();

  const sweeps = shallowRef<readonly Sweep[]>([]);
  const error = shallowRef<ContractError | null>(null);
  /** The id of the sweep that is worked through. */
  const running = ref<string | null>(null);
  /** Ids of the sweeps that are to be worked through, in their order, the one at hand first; kept on the disk. */
  const queue = ref<readonly string[]>([]);
  /** A person has stopped what is worked through. */
  let isStopped = false;

  async function refresh(): Promise<void> {
    const token = project.token;
    if (token === null) return;
    const [listed, queued] = await Promise.all([call('sweeps.list', { project: token }), call('sweeps.queue', { project: token })]);
    if (token !== project.token) return;
    if (queued.ok && running.value === null) queue.value = queued.value;
    error.value = listed.ok ? null : listed.error;
    sweeps.value = listed.ok ? listed.value.flatMap((value) => readSweep(value) ?? []) : [];
  }
  watch([() => project.token, () => project.generation], () => {
    running.value = null;
    queue.value = [];
    void refresh();
  });
  void refresh();

  const replace = (sweep: Sweep): void => {
    sweeps.value = sweeps.value.map((known) => (known.id === sweep.id ? sweep : known));
  };
  const tell = (problem: Explainable): void => {
    notify({ tone: 'error', text: problemText(problem) });
  };

  async function create(plan: SweepPlan): Promise<string | null> {
    if (project.token === null) return null;
    const { document, training, dataset } = project.own;
    const created = await call('sweeps.create', {
      project: project.token,
      plan,
      base: structuredClone({ document, settings: training, dataset: dataset.id }),
    });
    const sweep = created.ok ? readSweep(created.value) : null;
    if (!created.ok) tell(created.error);
    if (sweep) sweeps.value = [sweep, ...sweeps.value];
    return sweep?.id ?? null;
  }

  /** False where it could not be kept: then nothing more is trained. */
  async function record(
    id: string,
    trial: SweepTrial,
    changes: Partial<Pick<SweepTrial, 'status' | 'run' | 'result' | 'problem'>>,
  ): Promise<boolean> {
    if (project.token === null) return false;
    const { status, run, result, problem } = { ...trial, ...changes };
    const kept = await call('sweeps.record', { project: project.token, sweep: id, trial: trial.number, status, run, result, problem });
    const sweep = kept.ok ? readSweep(kept.value) : null;
    if (!kept.ok) tell(kept.error);
    if (sweep) replace(sweep);
    return sweep !== null;
  }

  async function runTrial(sweep: Sweep, trial: SweepTrial): Promise<boolean> {
    const { base, plan, id } = sweep;
    const failed = (problem: Explainable, run: string | null = null) =>
      record(id, trial, { status: 'failed', run, problem: problemText(problem).slice(0, 2000) });
    const content = contentOfTrial(base, trial);
    if (!content.ok) return failed(content.problem);
    const wrong = analyseNetwork(content.value.document).problems.find(({ severity }) => severity === 'error');
    if (wrong) return failed(wrong);
    if (!(await record(id, trial, { status: 'running' }))) return false;
    const end = await train.runTrial({
      ...content.value,
      name: trialName(trial),
      dataset: base.dataset,
      sweep: id,
      trial: trial.number,
      isStopped: () => isStopped,
    });
    switch (end.end) {
      case 'finished':
        return record(id, trial, { status: 'finished', run: end.runId, result: end.measures.last[plan.measure] ?? null });
      case 'failed':
        return failed(end.problem, end.runId);
      case 'stopped':
        await record(id, trial, { status: 'waiting', run: null });
        return false;
      default:
        return end satisfies never;
    }
  }

  const find = (id: string): Sweep | undefined => sweeps.value.find((known) => known.id === id);

  /** Works through what waits in one sweep. False when a person stopped it, or it could not go on. */
  async function workThrough(id: string): Promise<boolean> {
    const { generation } = project;
    for (;;) {
      const sweep = find(id);
      const trial = sweep ? nextTrial(sweep) : null;
      if (!sweep || !trial) break;
      if (isStopped) return false;
      if (sweep.base.dataset !== project.own.dataset.id) {
        tell({ code: 'runs.sweep-other-data', values: { dataset: sweep.base.dataset } });
        return false;
      }
      if (!(await runTrial(sweep, trial)) || project.generation !== generation) return false;
    }
    const done = find(id);
    if (done && isDone(done)) notify({ tone: 'good', text: t('runs.sweep.done', { name: nameOf(done) }) });
    return true;
  }

  async function arrange(ids: readonly string[]): Promise<void> {
    queue.value = ids;
    if (project.token === null) return;
    const kept = await call('sweeps.arrange', { project: project.token, sweeps: [...ids] });
    if (!kept.ok) tell(kept.error);
  }

  /**
   * Starts a sweep, or lets it wait for those before it; where nothing runs it comes first, and those that wait come after it. When
   * a person stops the training, all of them rest in their order.
   */
  async function start(id: string): Promise<void> {
    if (running.value !== null) {
      if (!queue.value.includes(id)) await arrange([...queue.value, id]);
      return;
    }
    if (train.isRunning) return;
    const { generation } = project;
    running.value = id;
    isStopped = false;
    await arrange([id, ...queue.value.filter((waiting) => waiting !== id)]);
    for (let next: string | undefined = id; next !== undefined; next = queue.value[0]) {
      const current: string = next;
      running.value = current;
      if (!(await workThrough(current)) || project.generation !== generation) break;
      await arrange(queue.value.filter((waiting) => waiting !== current));
    }
    if (project.generation !== generation) return;
    running.value = null;
    await train.endTrials();
  }

  /** Ends the trial at hand; those that wait keep their order. */
  async function stop(): Promise<void> {
    isStopped = true;
    await train.stop();
  }

  const leaveQueue = (id: string): Promise<void> => arrange(queue.value.filter((waiting) => waiting !== id));

  /** Its own, else what varies in it. */
  const nameOf = ({ plan }: Sweep): string =>
    plan.name === '' ? plan.parameters.map(({ path }) => pathName(path.replace(/^(settings|network)\./, ''))).join(', ') : plan.name;

  async function remove(id: string): Promise<void> {
    const token = project.token;
    if (token === null || running.value === id) return;
    const gone = await call('sweeps.remove', { project: token, sweep: id });
    if (!gone.ok) {
      tell(gone.error);
      return;
    }
    if (queue.value.includes(id)) await leaveQueue(id);
    await refresh();
    notify({
      tone: 'neutral',
      text: t('runs.sweep.removed'),
      action: {
        label: t('runs.undo'),
        perform: () => void call('sweeps.restore', { project: token, sweep: id }).then(refresh),
      },
    });
  }

  return {
    sweeps,
    error,
    running: computed(() => running.value),
    queue: computed(() => queue.value),
    create,
    start,
    stop,
    leaveQueue,
    remove,
    nameOf,
  };
});
