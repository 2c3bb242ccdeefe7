/** The size of an element's content, as it changes. Inside a component's setup. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

export function useSize(element: Readonly<Ref<HTMLElement | null>>): { readonly width: Ref<number>; readonly height: Ref<number> } {
  const width = ref(0);
  const height = ref(0);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      width.value = Math.floor(entry.contentRect.width);
      height.value = Math.floor(entry.contentRect.height);
    });
    if (element.value) observer.observe(element.value);
  });
  onBeforeUnmount(() => {
    observer?.disconnect();
  });
  return { width, height };
}
