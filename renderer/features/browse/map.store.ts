/**
 * Maps of samples: what is laid out, by which method, how far it is, and the map itself, which follows the checkpoint that is
 * looked at. Others look at it.
 */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import { useEngine } from '../../engine';
import type { Explainable } from '../../language/problem-text';
import { useDataStore } from '../data';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';
import { useBrowseStore } from './browse.store';
import { drawMapInWorker } from './projection/map-client';
import type { MapMethod, MapParameters, MapQuality } from './projection/protocol';
import { spreadGroups, valuesOf } from './sample-values';

/** The checkpoint whose weights a map was made with; null where it was made with those of the training. */
export interface MapMoment {
  readonly runId: string;
  readonly id: string;
  readonly epoch: number;
  readonly step: number;
}

/** What a map is made of, and how. */
interface MapPlan {
  readonly method: MapMethod;
  /** A node of the network, or `input`. */
  readonly space: string;
  readonly places: Uint32Array;
  readonly parameters: MapParameters;
}

export interface SampleMap extends MapPlan {
  readonly moment: MapMoment | null;
  /** x and y of each place, one after another. */
  readonly points: Float32Array;
  /** Null while it is drawn. */
  readonly quality: MapQuality | null;
}

export const mapSizes = [250, 500, 1000, 2000, 5000] as const;

export const useMapStore = defineStore('map', () => {
  const data = useDataStore();
  const browse = useBrowseStore();
  const project = useProjectStore();
  const train = useTrainStore();
  const engine = useEngine();

  const method = ref<MapMethod>('pca');
  const space = ref('input');
  const size = ref<number>(1000);
  const perplexity = ref(30);
  const neighbours = ref(15);
  const minimumDistance = ref(0.1);
  const seed = ref(1);
  const map = shallowRef<SampleMap | null>(null);
  /** 0 … 1 while one is made; the stage is a key of the locale files. */
  const progress = shallowRef<{ readonly stage: 'reading' | 'drawing'; readonly fraction: number } | null>(null);
  const problem = shallowRef<Explainable | null>(null);
  /** What is being made. */
  let plan: MapPlan | null = null;
  let end: () => void = () => undefined;
  let ticket = 0;

  function cancel(): void {
    ticket += 1;
    end();
    plan = null;
    progress.value = null;
  }

  watch(
    () => data.opened?.dataset.id,
    () => {
      cancel();
      map.value = null;
      space.value = 'input';
      problem.value = null;
    },
  );

  const momentNow = (): MapMoment | null => {
    const { inPlace } = train;
    if (inPlace?.kind !== 'look') return null;
    const { runId, id, epoch, step } = inPlace;
    return { runId, id, epoch, step };
  };

  /** `before`: where the samples of the plan lay on a map of the same method. */
  async function make(wanted: MapPlan, before: Float32Array | null): Promise<void> {
    const opened = data.opened;
    if (!opened) return;
    cancel();
    plan = wanted;
    const mine = ticket;
    const isOver = () => mine !== ticket;
    problem.value = null;
    const moment = momentNow();
    const node = wanted.space === 'input' ? null : wanted.space;
    progress.value = { stage: 'reading', fraction: 0 };
    const tell = (fraction: number) => {
      if (!isOver()) progress.value = { stage: 'reading', fraction };
    };
    const { places, parameters } = wanted;
    const matrix = await valuesOf({ dataset: opened.dataset, reader: opened.reader, places, node, engine, progress: tell, isOver });
    if (matrix === null || isOver()) return;
    const over = (): void => {
      plan = null;
      progress.value = null;
    };
    if (!matrix.ok) {
      over();
      problem.value = matrix.problem;
      return;
    }
    progress.value = { stage: 'drawing', fraction: 0 };
    end = drawMapInWorker({ matrix: matrix.value, parameters, before }, (message) => {
      if (isOver()) return;
      if (message.type === 'failed') {
        over();
        problem.value = { code: 'browse.map-failed', values: { reason: message.message } };
      } else if (message.type === 'progress') {
        progress.value = { stage: 'drawing', fraction: message.fraction };
        if (message.points) map.value = { ...wanted, moment, points: message.points, quality: null };
      } else {
        over();
        map.value = { ...wanted, moment, points: message.points, quality: message.quality };
      }
    });
  }

  /** Of the samples that pass the browser's filter and are not excluded. */
  async function draw(): Promise<void> {
    const table = browse.table;
    if (!table) return;
    const places = spreadGroups(
      browse.places.toSorted().filter((place) => table.splits[place] !== 3),
      size.value,
      16,
    );
    if (places.length < 3) {
      cancel();
      problem.value = { code: 'browse.too-few', values: { count: places.length } };
      return;
    }
    const parameters = {
      method: method.value,
      perplexity: perplexity.value,
      neighbours: neighbours.value,
      minimumDistance: minimumDistance.value,
      seed: seed.value,
    };
    await make({ method: method.value, space: space.value, places, parameters }, null);
  }

  /**
   * The same samples with the weights that are looked at now: they move on from where they are. One of a layer that is not in the
   * network that is looked at stays as it is, and says so.
   */
  function follow(): void {
    const shown = map.value;
    const wanted = plan ?? shown;
    if (wanted === null || wanted.space === 'input') return;
    const moment = momentNow();
    const isAsNow = shown?.moment?.runId === moment?.runId && shown?.moment?.id === moment?.id;
    if (plan === null && isAsNow) {
      problem.value = null;
      return;
    }
    if (!project.analysis.nodes.get(wanted.space)?.outputShape) {
      cancel();
      problem.value = { code: 'browse.map-no-layer', values: { layer: wanted.space } };
      return;
    }
    const continues = shown !== null && shown.places === wanted.places && shown.method === wanted.method && shown.space === wanted.space;
    void make(wanted, continues ? shown.points : null);
  }
  watch(() => train.looksVersion, follow);

  return { method, space, size, perplexity, neighbours, minimumDistance, seed, map, progress, problem, draw, cancel };
});
