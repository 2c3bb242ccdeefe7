/** Maps of samples: what is laid out, by which method, how far it is, and the map itself. Others look at it. */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import { useEngine } from '../../engine';
import type { Explainable } from '../../language/problem-text';
import { useDataStore } from '../data';
import { useBrowseStore } from './browse.store';
import { drawMapInWorker } from './projection/map-client';
import type { MapMethod, MapQuality } from './projection/protocol';
import { spreadGroups, valuesOf } from './sample-values';

export interface SampleMap {
  readonly method: MapMethod;
  /** A node of the network, or `input`. */
  readonly space: string;
  readonly places: Uint32Array;
  /** x and y of each place, one after another. */
  readonly points: Float32Array;
  /** Null while it is drawn. */
  readonly quality: MapQuality | null;
}

export const mapSizes = [250, 500, 1000, 2000, 5000] as const;

export const useMapStore = defineStore('map', () => {
  const data = useDataStore();
  const browse = useBrowseStore();
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
  let end: () => void = () => undefined;
  let ticket = 0;

  function cancel(): void {
    ticket += 1;
    end();
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

  /** Of the samples that pass the browser's filter and are not excluded. */
  async function draw(): Promise<void> {
    const opened = data.opened;
    const table = browse.table;
    if (!opened || !table) return;
    cancel();
    const mine = ticket;
    const isOver = () => mine !== ticket;
    problem.value = null;
    const places = spreadGroups(
      browse.places.toSorted().filter((place) => table.splits[place] !== 3),
      size.value,
      16,
    );
    if (places.length < 3) {
      problem.value = { code: 'browse.too-few', values: { count: places.length } };
      return;
    }
    progress.value = { stage: 'reading', fraction: 0 };
    const node = space.value === 'input' ? null : space.value;
    const tell = (fraction: number) => {
      if (!isOver()) progress.value = { stage: 'reading', fraction };
    };
    const matrix = await valuesOf({ dataset: opened.dataset, reader: opened.reader, places, node, engine, progress: tell, isOver });
    if (matrix === null || isOver()) return;
    if (!matrix.ok) {
      progress.value = null;
      problem.value = matrix.problem;
      return;
    }
    const made = { method: method.value, space: space.value, places };
    const parameters = {
      method: method.value,
      perplexity: perplexity.value,
      neighbours: neighbours.value,
      minimumDistance: minimumDistance.value,
      seed: seed.value,
    };
    progress.value = { stage: 'drawing', fraction: 0 };
    end = drawMapInWorker({ matrix: matrix.value, parameters }, (message) => {
      if (isOver()) return;
      if (message.type === 'failed') {
        progress.value = null;
        problem.value = { code: 'browse.map-failed', values: { reason: message.message } };
      } else if (message.type === 'progress') {
        progress.value = { stage: 'drawing', fraction: message.fraction };
        if (message.points) map.value = { ...made, points: message.points, quality: null };
      } else {
        progress.value = null;
        map.value = { ...made, points: message.points, quality: message.quality };
      }
    });
  }

  return { method, space, size, perplexity, neighbours, minimumDistance, seed, map, progress, problem, draw, cancel };
});
