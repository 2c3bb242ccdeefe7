/** The attack feature's public side. */
import type { Feature } from '../feature';
import AttackPanel from './AttackPanel.vue';

export const feature: Feature = {
  panels: [{ id: 'attack', place: 'bottom', label: 'attack.title', icon: 'attack', order: 40, component: AttackPanel }],
};
