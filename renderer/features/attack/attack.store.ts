/** The attack on the sample under the lens, and on many: which, how strong, with what result. The work is the worker's. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { attacks } from '../../../compute/attacks/registry';
import type { ParameterValue, ParameterValues } from '../../../compute/graph/parameter-schema';
import type { Problem } from '../../../compute/graph/problem';
import type { AttackSampleResult } from '../../../compute/worker/protocol';
import { useEngine } from '../../engine';
import { useDataStore, useSampleStore, type ChosenSample } from '../data';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';
import { epsilonName, parametersWith, verdictOf } from './attack-model';

/** How many validation samples the robust accuracy is taken over. */
export const robustnessCount = 256;

export interface Attacked {
  readonly result: AttackSampleResult;
  readonly sample: ChosenSample;
  /** The class that the attack leads away from. */
  readonly label: number;
  readonly epsilon: number;
}

export interface Robustness {
  readonly clean: number;
  readonly robust: number;
  readonly count: number;
  readonly cancelled: boolean;
  readonly epsilon: number;
  readonly kind: string;
  /** Of the weights that were measured. */
  readonly weightsVersion: number;
}

export const useAttackStore = defineStore('attack', () => {
  const engine = useEngine();
  const train = useTrainStore();
  const samples = useSampleStore();
  const data = useDataStore();
  const project = useProjectStore();

  const kind = ref([...attacks.keys()][0] ?? '');
  const definition = computed(() => attacks.get(kind.value));
  const epsilonOf = (wanted: string): number => {
    const specification = attacks.get(wanted)?.parameters[epsilonName];
    return specification?.type === 'number' ? specification.default : 0.1;
  };
  const epsilon = ref(epsilonOf(kind.value));
  const values = ref<Readonly<Record<string, ParameterValues>>>({});
  const parameters = computed(() =>
    definition.value ? parametersWith(definition.value.parameters, values.value[kind.value] ?? {}, epsilon.value) : {},
  );
  const attacked = shallowRef<Attacked | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const working = ref(false);
  const robustness = shallowRef<Robustness | null>(null);
  const progress = shallowRef<{ readonly done: number; readonly count: number; readonly robust: number } | null>(null);
  /** Whether somebody looks at the attack; nobody's attack is not computed. */
  const isWatched = ref(false);

  function setParameter(name: string, value: ParameterValue): void {
    values.value = { ...values.value, [kind.value]: { ...values.value[kind.value], [name]: value } };
  }

  let again = false;
  async function run(): Promise<void> {
    if (working.value) {
      again = true;
      return;
    }
    working.value = true;
    do {
      again = false;
      const sample = samples.chosen;
      // Between two tokens there is nothing that a gradient could lead to, and without classes nothing to lead away from.
      if (!sample || !train.isConfigured || data.symbols || project.content.training.target === 'input') {
        attacked.value = null;
        break;
      }
      const request = { kind: kind.value, parameters: parameters.value };
      let label = sample.label;
      if (label === null) {
        const prediction = await engine.call('predict', { sample: sample.reference });
        label = prediction.ok ? (prediction.value[0]?.predicted ?? null) : null;
        problem.value = prediction.ok ? null : prediction.problem;
      }
      if (label === null) break;
      const strength = epsilon.value;
      const result = await engine.call('attack', { sample: sample.reference, label, attack: request });
      problem.value = result.ok || train.configuring ? null : result.problem;
      attacked.value = result.ok ? { result: result.value, sample, label, epsilon: strength } : null;
      // A slider that was moved meanwhile asks once more; the loop ends with the latest.
    } while (again as boolean);
    working.value = false;
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    [isWatched, kind, parameters, () => samples.chosen, () => train.weightsVersion, () => train.isConfigured],
    () => {
      clearTimeout(timer);
      // While training the weights change all the time: twice a second is enough.
      if (isWatched.value) timer = setTimeout(() => void run(), train.isRunning ? 500 : 60);
    },
    { deep: false },
  );
  watch(
    () => samples.chosen,
    () => {
      attacked.value = null;
    },
  );

  engine.subscribe((event) => {
    if (event.type === 'robustness') progress.value = { done: event.done, count: event.count, robust: event.robust };
  });

  async function measureRobustness(): Promise<void> {
    if (progress.value) return;
    const measured = { kind: kind.value, epsilon: epsilon.value, weightsVersion: train.weightsVersion };
    progress.value = { done: 0, count: robustnessCount, robust: 0 };
    const result = await engine.call('robustness', {
      split: 'validation',
      count: robustnessCount,
      attack: { kind: kind.value, parameters: parameters.value },
    });
    progress.value = null;
    problem.value = result.ok ? null : result.problem;
    robustness.value = result.ok ? { ...result.value, ...measured } : null;
  }
  const cancel = () => engine.call('cancel', null);

  const verdict = computed(() => (attacked.value ? verdictOf(attacked.value.result, attacked.value.label) : null));

  return {
    kind,
    definition,
    epsilon,
    values,
    parameters,
    attacked,
    problem,
    working,
    robustness,
    progress,
    isWatched,
    verdict,
    setParameter,
    measureRobustness,
    cancel,
  };
});
