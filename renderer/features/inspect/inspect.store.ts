/**
 * What the network does with the sample under the lens, and what its weights are, kept fresh while somebody looks. All
 * of it comes from the worker; nothing is computed here.
 */
import { defineStore } from 'pinia';
import { markRaw, onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import type { Problem } from '../../../compute/graph/problem';
import type { NamedTensor, Prediction, ProbeResult } from '../../../compute/worker/protocol';
import { useEngine } from '../../engine';
import { useDataStore, useSampleStore } from '../data';
import { useTrainStore } from '../train';
import { createFeed, type Feed } from './feed';

/** Milliseconds between looks at the same thing. */
const interval = 350;

export interface Saliency {
  readonly shape: readonly number[];
  readonly gradient: Float32Array;
}

export const useInspectStore = defineStore('inspect', () => {
  const engine = useEngine();
  const train = useTrainStore();
  const samples = useSampleStore();
  const data = useDataStore();
  /** Why the sample could not be looked at. */
  const problem = shallowRef<Problem | null>(null);

  const tensors = createFeed<NamedTensor>(async (names) => {
    const found = new Map<string, NamedTensor>();
    if (!train.isConfigured) return found;
    const result = await engine.call('read-tensors', { names });
    if (result.ok) for (const tensor of result.value) found.set(tensor.name, tensor);
    return found;
  }, interval);

  const activations = createFeed<ProbeResult>(async (nodes) => {
    const found = new Map<string, ProbeResult>();
    const sample = samples.chosen;
    if (!train.isConfigured || !sample) return found;
    const result = await engine.call('probe', { sample: sample.reference, nodes });
    if (result.ok) for (const probe of result.value) found.set(probe.node, probe);
    else if (!train.configuring) problem.value = result.problem;
    return found;
  }, interval);

  /** Of the sample, or of each position where labels are by position. */
  const predictions = createFeed<readonly Prediction[]>(async (keys) => {
    const sample = samples.chosen;
    const [key] = keys;
    if (!train.isConfigured || !sample || key === undefined) return new Map<string, readonly Prediction[]>();
    const result = await engine.call('predict', { sample: sample.reference });
    problem.value = result.ok || train.configuring ? null : result.problem;
    return result.ok ? new Map([[key, result.value]]) : new Map<string, readonly Prediction[]>();
  }, interval / 3);

  /** By the number of the output, as text. */
  const saliencies = createFeed<Saliency>(async (units) => {
    const found = new Map<string, Saliency>();
    const sample = samples.chosen;
    if (!train.isConfigured || !sample || data.symbols) return found;
    for (const unit of units) {
      const result = await engine.call('saliency', { sample: sample.reference, unit: Number(unit) });
      if (result.ok) found.set(unit, result.value);
    }
    return found;
  }, interval);

  watch([() => train.weightsVersion, () => train.isConfigured], () => {
    for (const feed of [tensors, activations, predictions, saliencies]) feed.refresh();
  });
  watch(
    () => samples.chosen,
    () => {
      for (const feed of [activations, predictions, saliencies]) feed.refresh();
    },
  );

  return {
    problem,
    tensors: markRaw(tensors),
    activations: markRaw(activations),
    predictions: markRaw(predictions),
    saliencies: markRaw(saliencies),
  };
});

/** What a feed gives for these keys, while the component is there; keys without a value are missing. */
export function useFeed<Value>(feed: Feed<Value>, keys: () => readonly string[]): Readonly<ShallowRef<ReadonlyMap<string, Value>>> {
  const values = shallowRef<ReadonlyMap<string, Value>>(new Map());
  let stop: () => void = () => undefined;
  watch(
    () => keys().join('\n'),
    () => {
      stop();
      const wanted = keys();
      stop =
        wanted.length === 0
          ? () => undefined
          : feed.watch(wanted, (found) => {
              values.value = found;
            });
      if (wanted.length === 0) values.value = new Map();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    stop();
  });
  return values;
}
