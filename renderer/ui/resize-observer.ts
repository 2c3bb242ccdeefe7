/** The size of an element, whenever it changes. Knows nothing of what is in it. */
import { onScopeDispose, watch, type Ref } from 'vue';

export function useResizeObserver(
  element: Readonly<Ref<HTMLElement | null>>,
  resized: (size: { readonly width: number; readonly height: number }) => void,
): void {
  const observer = new ResizeObserver((entries) => {
    const entry = entries.at(-1);
    if (entry) resized({ width: entry.contentRect.width, height: entry.contentRect.height });
  });
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before);
      if (now) observer.observe(now);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    observer.disconnect();
  });
}
