/** A layer on its way from the palette to the canvas, by pointer. One drag at a time; nobody's components. */
import { shallowRef } from 'vue';

export interface PaletteDrag {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
}

/** The drag in progress, in pixels of the window. */
export const paletteDrag = shallowRef<PaletteDrag | null>(null);

/** Takes a drop at this place; set by the canvas. */
let receive: ((drag: PaletteDrag) => void) | null = null;

export function receiveDrops(receiver: ((drag: PaletteDrag) => void) | null): void {
  receive = receiver;
}

const startDistance = 4;

/** Follows the pointer from a press on a palette item; a press that does not travel stays a click. */
export function followDrag(kind: string, press: PointerEvent): void {
  if (press.button !== 0) return;
  const moved = (event: PointerEvent) => {
    if (paletteDrag.value !== null || Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= startDistance)
      paletteDrag.value = { kind, x: event.clientX, y: event.clientY };
  };
  const stop = () => {
    window.removeEventListener('pointermove', moved);
    window.removeEventListener('pointerup', released);
    window.removeEventListener('pointercancel', stop);
    window.removeEventListener('keydown', escaped, true);
    paletteDrag.value = null;
  };
  const released = (event: PointerEvent) => {
    const drag = paletteDrag.value;
    stop();
    if (drag === null) return;
    // The click that follows this release belongs to the drag.
    window.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => {
      window.removeEventListener('click', swallow, { capture: true });
    });
    receive?.({ kind, x: event.clientX, y: event.clientY });
  };
  const escaped = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || paletteDrag.value === null) return;
    event.preventDefault();
    stop();
  };
  window.addEventListener('pointermove', moved);
  window.addEventListener('pointerup', released);
  window.addEventListener('pointercancel', stop);
  window.addEventListener('keydown', escaped, true);
}

const swallow = (event: MouseEvent) => {
  event.stopPropagation();
  event.preventDefault();
};
