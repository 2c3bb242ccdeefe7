/** All kinds of schedules, collected from the files of this folder. */
import type { ScheduleDefinition } from './schedule';

const found = import.meta.glob<ScheduleDefinition>('./*.schedule.ts', { eager: true, import: 'schedule' });

/** By kind, in the order of their labels. */
export const schedules: ReadonlyMap<string, ScheduleDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
