/** The points of a map on their way to where they belong: of the same samples they move there, of others they are there at once. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import type { SampleMap } from './map.store';

/** Milliseconds of a move. */
const duration = 500;
/** Slow at its end. */
const ease = (fraction: number): number => 1 - (1 - fraction) ** 3;

/** x and y of each place of the map, as they are to be drawn now. Inside a component. */
export function useMovingPoints(map: () => SampleMap): Readonly<ShallowRef<Float32Array>> {
  const shown = shallowRef(map().points);
  let frame = 0;
  watch(map, (now, former) => {
    cancelAnimationFrame(frame);
    const from = shown.value;
    const to = now.points;
    const isMove = now.places === former.places && now.method === former.method && now.space === former.space && from.length === to.length;
    if (!isMove || window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      shown.value = to;
      return;
    }
    const start = performance.now();
    const step = (): void => {
      const fraction = Math.min(1, (performance.now() - start) / duration);
      const share = ease(fraction);
      shown.value = fraction === 1 ? to : from.map((value, index) => value + ((to[index] ?? 0) - value) * share);
      if (fraction < 1) frame = requestAnimationFrame(step);
    };
    step();
  });
  onScopeDispose(() => {
    cancelAnimationFrame(frame);
  });
  return shown;
}
