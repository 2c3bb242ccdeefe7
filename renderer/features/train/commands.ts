/** What the transport offers the palette and the shortcuts. */
import type { Command } from '../feature';
import { useTrainStore } from './train.store';

export function commands(): readonly Command[] {
  const train = useTrainStore();
  const idle = () => train.canStart;
  return [
    {
      id: 'train',
      label: 'train.commands.train',
      icon: 'play',
      shortcut: 'mod+enter',
      enabled: idle,
      perform: train.train,
    },
    {
      id: 'pause',
      label: 'train.pause',
      icon: 'pause',
      shortcut: 'mod+.',
      enabled: () => train.status === 'running',
      perform: train.pause,
    },
    { id: 'step', label: 'train.commands.step', icon: 'step', shortcut: 'mod+shift+enter', enabled: idle, perform: train.step },
    {
      id: 'stop',
      label: 'train.stop',
      icon: 'stop',
      enabled: () => (train.status === 'running' || train.status === 'paused') && !train.isLooking,
      perform: train.stop,
    },
    { id: 'reset-weights', label: 'train.reset', icon: 'reset', enabled: idle, perform: train.reset },
    {
      id: 'checkpoint',
      label: 'train.checkpoint',
      icon: 'save',
      enabled: () => train.isConfigured && !train.busy && !train.isLooking,
      perform: train.saveCheckpoint,
    },
    {
      id: 'back-to-newest',
      label: 'train.leaveCheckpoint',
      icon: 'back',
      enabled: () => train.isLooking && !train.busy,
      perform: train.leaveCheckpoint,
    },
  ];
}
