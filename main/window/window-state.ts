/** Remembers size and place of the window among the settings, and puts it back where a screen still shows it. */
import type { BrowserWindow, Rectangle } from 'electron';
import * as v from 'valibot';
import type { ServiceCalls } from '../contract/services';

const settingKey = 'window';

const windowStateSchema = v.object({
  bounds: v.object({ x: v.number(), y: v.number(), width: v.number(), height: v.number() }),
  maximised: v.boolean(),
});

export type WindowState = v.InferOutput<typeof windowStateSchema>;

export const smallestSize = { width: 960, height: 600 } as const;
export const firstSize = { width: 1440, height: 900 } as const;

/**
 * Where to open: the remembered bounds if at least a hundred pixels of its title are on some screen, otherwise as at
 * first launch, no larger than the first screen.
 */
export function placeWindow(
  remembered: WindowState | null,
  screens: readonly [Rectangle, ...Rectangle[]],
): Partial<Rectangle> & { maximised: boolean } {
  const [first] = screens;
  const unplaced = { width: Math.min(firstSize.width, first.width), height: Math.min(firstSize.height, first.height), maximised: false };
  if (remembered === null) return unplaced;
  const { bounds, maximised } = remembered;
  const visible = screens.some((screen) => {
    const width = Math.min(bounds.x + bounds.width, screen.x + screen.width) - Math.max(bounds.x, screen.x);
    return width >= 100 && bounds.y >= screen.y && bounds.y <= screen.y + screen.height - 40;
  });
  return visible ? { ...bounds, maximised } : { ...unplaced, maximised };
}

export async function readWindowState(calls: ServiceCalls): Promise<WindowState | null> {
  const settings = await calls['settings.read'](null);
  if (!settings.ok) return null;
  const parsed = v.safeParse(windowStateSchema, settings.value[settingKey]);
  return parsed.success ? parsed.output : null;
}

/** Writes half a second after the last change, so that dragging an edge is one write. */
export function rememberWindowState(window: BrowserWindow, calls: ServiceCalls): void {
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isMinimized()) return;
    const state: WindowState = { bounds: window.getNormalBounds(), maximised: window.isMaximized() };
    void calls['settings.write']({ [settingKey]: state });
  };
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(write, 500);
  };
  window.on('resize', schedule);
  window.on('move', schedule);
  window.on('close', write);
}
