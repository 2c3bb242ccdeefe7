/**
 * The one table of commands: the shell's own and every feature's. Palette, shortcuts, help and buttons read it; each
 * command knows how to do itself, and this file none of it.
 */
import { inject, onScopeDispose, type InjectionKey } from 'vue';
import type { Command } from '../features/feature';
import { features } from '../features/features';
import { useWorkspaceStore, type Density, type Theme } from '../features/workspace.store';
import { matchesShortcut, ownsKey } from './shortcut';

export interface Commands {
  readonly all: readonly Command[];
  readonly byId: (id: string) => Command | undefined;
  /** Performs it, if it is enabled. */
  readonly perform: (id: string) => void;
}

export const commandsKey: InjectionKey<Commands> = Symbol('commands');

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

const isEnabled = (command: Command): boolean => command.enabled?.() ?? true;

function shellCommands(): readonly Command[] {
  const workspace = useWorkspaceStore();
  const theme = (value: Theme, icon: 'sun' | 'moon' | 'device'): Command => ({
    id: `theme-${value}`,
    label: `app.commands.theme-${value}`,
    icon,
    perform: () => {
      workspace.theme = value;
    },
  });
  const density = (value: Density): Command => ({
    id: `density-${value}`,
    label: `app.commands.density-${value}`,
    icon: 'settings',
    perform: () => {
      workspace.density = value;
    },
  });
  return [
    {
      id: 'palette',
      label: 'app.commands.palette',
      icon: 'command',
      shortcut: 'mod+k',
      perform: () => {
        workspace.dialog = 'palette';
      },
    },
    {
      id: 'shortcuts',
      label: 'app.commands.shortcuts',
      icon: 'help',
      shortcut: '?',
      perform: () => {
        workspace.dialog = 'shortcuts';
      },
    },
    {
      id: 'toggle-left',
      label: 'app.commands.toggle-left',
      shortcut: 'mod+b',
      perform: () => {
        workspace.toggleDock('left');
      },
    },
    {
      id: 'toggle-bottom',
      label: 'app.commands.toggle-bottom',
      shortcut: 'mod+j',
      perform: () => {
        workspace.toggleDock('bottom');
      },
    },
    {
      id: 'toggle-right',
      label: 'app.commands.toggle-right',
      shortcut: 'mod+i',
      perform: () => {
        workspace.toggleDock('right');
      },
    },
    {
      id: 'maximise-canvas',
      label: 'app.commands.maximise-canvas',
      icon: 'maximise',
      perform: () => {
        workspace.maximised = workspace.maximised === 'canvas' ? null : 'canvas';
      },
    },
    theme('system', 'device'),
    theme('light', 'sun'),
    theme('dark', 'moon'),
    density('dense'),
    density('comfortable'),
    density('projector'),
  ];
}

/** In the shell's setup: collects the table and listens for its shortcuts. */
export function createCommands(): Commands {
  const all = [...features.flatMap((feature) => feature.commands?.() ?? []), ...shellCommands()];
  const byId = (id: string) => all.find((command) => command.id === id);
  const run = (command: Command | undefined) => {
    if (command && isEnabled(command)) void command.perform();
  };

  const inNetwork = (target: EventTarget | null) => target instanceof Element && target.closest('[data-scope="network"]') !== null;
  const blocked = () => document.querySelector('[role="dialog"], [role="menu"]') !== null;

  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || blocked() || ownsKey(event.target, event)) return;
    const command = all.find(
      (candidate) =>
        candidate.shortcut !== undefined &&
        matchesShortcut(candidate.shortcut, event, isMac) &&
        (candidate.scope === undefined || inNetwork(event.target)),
    );
    if (!command) return;
    event.preventDefault();
    run(command);
  }

  window.addEventListener('keydown', pressed);
  onScopeDispose(() => {
    window.removeEventListener('keydown', pressed);
  });

  return {
    all,
    byId,
    perform: (id) => {
      run(byId(id));
    },
  };
}

/** Below the shell: its table. */
export function useCommands(): Commands {
  const commands = inject(commandsKey);
  if (!commands) throw new Error('useCommands stands outside the shell');
  return commands;
}
