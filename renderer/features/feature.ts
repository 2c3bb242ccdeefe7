/**
 * What a feature offers the shell: each folder beside this file exports a `feature` from its index.ts, and the shell
 * collects them. It knows no feature and no layout.
 */
import type { Component } from 'vue';
import type { IconName } from '../ui/icons';

/**
 * Where a panel is shown: `left` and `bottom` are tabs of the docks; `transport` stands in the title bar, `status`
 * in the status bar; `node` is a tab of the inspector, `thumbnail` a strip on a node's card: both get
 * the property `nodeId`, the strip also `width` and `height` in pixels.
 */
export type PanelPlace = 'left' | 'bottom' | 'transport' | 'status' | 'node' | 'thumbnail';

export interface Panel {
  /** Unique; other features show it by this name through the workspace store. */
  readonly id: string;
  readonly place: PanelPlace;
  /** Key of its name in the locale files. */
  readonly label: string;
  readonly icon?: IconName;
  /** Ascending, within its place. */
  readonly order: number;
  readonly component: Component;
  /** A number beside the tab's name, such as the number of problems; 0 shows none. Called inside an effect. */
  readonly count?: () => number;
  /** Whether its tab is there; absent: always. Called inside an effect. */
  readonly shown?: () => boolean;
}

/** One thing a person can do: it feeds the palette, the shortcuts and the help. */
export interface Command {
  readonly id: string;
  /** Key of its name in the locale files. */
  readonly label: string;
  readonly icon?: IconName;
  /** Such as `mod+shift+z`, where `mod` is ⌘ on macOS and Ctrl elsewhere. */
  readonly shortcut?: string;
  /** The shortcut counts only while the focus is on the canvas. */
  readonly scope?: 'network';
  /** Absent: always. Called inside an effect. */
  readonly enabled?: () => boolean;
  readonly perform: () => void | Promise<void>;
}

export interface Feature {
  readonly panels?: readonly Panel[];
  /** Called once, inside a component's setup. */
  readonly commands?: () => readonly Command[];
}
