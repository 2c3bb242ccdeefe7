/**
 * Where the panels are: sizes of the docks, which tab is shown, what is folded, what fills the window, theme and density.
 * Remembered in the settings. It knows panels, and what folds in them, by their ids only.
 */
import { defineStore } from 'pinia';
import { computed, reactive, ref, watch } from 'vue';
import * as v from 'valibot';
import { call } from '../platform/client';

export type DockName = 'left' | 'right' | 'bottom';
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'dense' | 'comfortable' | 'projector';

const dock = v.object({ size: v.number(), collapsed: v.boolean(), tab: v.string() });
const workspaceSchema = v.object({
  theme: v.picklist(['system', 'light', 'dark']),
  density: v.picklist(['dense', 'comfortable', 'projector']),
  docks: v.object({ left: dock, right: dock, bottom: dock }),
  folds: v.optional(v.record(v.string(), v.boolean()), {}),
});

/** Pixels: smallest and largest size of each dock. */
export const dockLimits: Readonly<Record<DockName, { readonly minimum: number; readonly maximum: number }>> = {
  left: { minimum: 176, maximum: 520 },
  right: { minimum: 232, maximum: 640 },
  bottom: { minimum: 120, maximum: 720 },
};

const settingsKey = 'workspace';

export const useWorkspaceStore = defineStore('workspace', () => {
  const theme = ref<Theme>('system');
  const density = ref<Density>('dense');
  const docks = reactive<Record<DockName, { size: number; collapsed: boolean; tab: string }>>({
    left: { size: 232, collapsed: false, tab: 'layers' },
    right: { size: 344, collapsed: false, tab: 'parameters' },
    bottom: { size: 264, collapsed: false, tab: 'training' },
  });
  /** What was opened or folded by hand, by its id; true is open. */
  const folds = reactive<Record<string, boolean>>({});
  /** The dock that fills the window, `canvas`, or null. Not remembered. */
  const maximised = ref<DockName | 'canvas' | null>(null);
  const dialog = ref<'palette' | 'shortcuts' | null>(null);

  const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
  const systemIsDark = ref(systemDark.matches);
  systemDark.addEventListener('change', (event) => {
    systemIsDark.value = event.matches;
  });
  const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value));

  /** Before the first picture: what was remembered, if it can still be read. */
  async function restore(): Promise<void> {
    const settings = await call('settings.read', null);
    if (settings.ok) {
      const remembered = v.safeParse(workspaceSchema, settings.value[settingsKey]);
      if (remembered.success) {
        theme.value = remembered.output.theme;
        density.value = remembered.output.density;
        Object.assign(docks.left, remembered.output.docks.left);
        Object.assign(docks.right, remembered.output.docks.right);
        Object.assign(docks.bottom, remembered.output.docks.bottom);
        Object.assign(folds, remembered.output.folds);
      }
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    watch([theme, density, docks, folds], () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        void call('settings.write', { [settingsKey]: { theme: theme.value, density: density.value, docks, folds } });
      }, 400);
    });
  }

  /** Opens the dock, if need be, and shows the panel in it. */
  function showPanel(place: DockName, panel: string): void {
    docks[place].collapsed = false;
    docks[place].tab = panel;
    if (maximised.value !== null && maximised.value !== place) maximised.value = null;
  }

  function toggleDock(place: DockName): void {
    docks[place].collapsed = !docks[place].collapsed;
    if (docks[place].collapsed && maximised.value === place) maximised.value = null;
  }

  /** Whether a part that can be folded is open: as it was left, or as it is at first. */
  const isOpen = (id: string, initially: boolean): boolean => folds[id] ?? initially;
  function fold(id: string, open: boolean): void {
    folds[id] = open;
  }

  return { theme, density, docks, isOpen, fold, maximised, dialog, isDark, restore, showPanel, toggleDock };
});
