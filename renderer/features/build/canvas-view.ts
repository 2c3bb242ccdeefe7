/** What of the network is in view: fitted, centred on a node, zoomed; and the focus of the keyboard, which is brought into view. */
import type { ViewportTransform, VueFlowStore } from '@vue-flow/core';
import { computed, nextTick, ref, watch, type Ref } from 'vue';
import { useProjectStore } from '../project';
import { useEditorStore } from './editor.store';
import { nodeSize } from './layout';
import { useResizeObserver } from '../../ui/resize-observer';

export interface CanvasFocus {
  /** Brings a node into view if it is not. */
  readonly reveal: (id: string) => void;
  /** The same, and gives it the keyboard. */
  readonly focusNode: (id: string) => void;
}

export function useCanvasView(flow: VueFlowStore, frame: Readonly<Ref<HTMLElement | null>>) {
  const project = useProjectStore();
  const editor = useEditorStore();
  /** The project that was last brought into view. */
  const fitted = ref(-1);
  const motion = () => (window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 160);
  /** The whole network is in view and nobody has moved the view since: then it stays in view when the canvas changes its size. */
  let isFitted = false;
  const fit = (duration = motion()) => {
    isFitted = true;
    void flow.fitView({ padding: 0.08, maxZoom: 1, minZoom: 0.2, duration });
  };

  function reveal(id: string): void {
    const place = editor.positions[id];
    const rectangle = frame.value?.getBoundingClientRect();
    if (!place || !rectangle) return;
    const { x, y, zoom } = flow.getViewport();
    const left = place.x * zoom + x;
    const top = place.y * zoom + y;
    const inside =
      left >= 0 && top >= 0 && left + nodeSize.width * zoom <= rectangle.width && top + nodeSize.height * zoom <= rectangle.height;
    if (inside) return;
    isFitted = false;
    void flow.setCenter(place.x + nodeSize.width / 2, place.y + nodeSize.height / 2, { zoom, duration: motion() });
  }

  function focusNode(id: string): void {
    editor.focused = id;
    reveal(id);
    void nextTick(() => {
      const element = frame.value?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`);
      element?.focus({ preventScroll: true });
    });
  }

  useResizeObserver(frame, ({ width, height }) => {
    if (width === 0 || height === 0) return;
    editor.viewSize = { width, height };
    if (fitted.value !== project.generation) editor.layoutSize = editor.viewSize;
    else if (isFitted)
      requestAnimationFrame(() => {
        fit(0);
      });
  });

  /* Another project: everything in view, without a journey. */
  // Said only of what a person does to the view, not of fitting it.
  flow.onMove(() => {
    isFitted = false;
  });
  flow.onNodesInitialized(() => {
    if (fitsNext) {
      fitsNext = false;
      fit(0);
    }
    if (fitted.value === project.generation) return;
    fitted.value = project.generation;
    fit(0);
  });

  watch(
    () => project.generation,
    (generation) => {
      editor.layoutSize = editor.viewSize;
      // An empty canvas begins at its corner, and the first layer dropped on it stays where it was dropped.
      if (editor.document.nodes.length > 0) return;
      fitted.value = generation;
      void flow.setViewport({ x: 40, y: 40, zoom: 1 });
    },
  );

  /* Another network is only looked at: all of it in view; then the view is again where it was. */
  let before: { readonly viewport: ViewportTransform; readonly isFitted: boolean } | null = null;
  let fitsNext = false;
  const looked = computed(() => (project.isReadOnly ? editor.document.nodes.map(({ id }) => id).join(' ') : null));
  watch(looked, (now, earlier) => {
    if (earlier === null) before = { viewport: flow.getViewport(), isFitted };
    const back = now === null ? before : null;
    if (now === null) before = null;
    fitsNext = now !== null && project.own.document.nodes.map(({ id }) => id).join(' ') !== now;
    void nextTick(() => {
      if (back !== null) {
        void flow.setViewport(back.viewport);
        isFitted = back.isFitted;
      } else if (fitsNext) fit(0);
    });
  });

  /* What was added outside the view is brought into it. */
  watch(
    () => project.selection.at(-1),
    (id) => {
      if (id !== undefined)
        void nextTick(() => {
          reveal(id);
        });
    },
  );

  return {
    reveal,
    focusNode,
    /** Somebody has moved something: the view no longer follows. */
    release: () => {
      isFitted = false;
    },
    fit: () => {
      void nextTick(() => {
        fit();
      });
    },
    zoomIn: () => {
      isFitted = false;
      void flow.zoomIn({ duration: motion() });
    },
    zoomOut: () => {
      isFitted = false;
      void flow.zoomOut({ duration: motion() });
    },
  };
}
