/** All kinds of learning rules, collected from the files of this folder. */
import type { LearningRuleDefinition } from './learning-rule';

const found = import.meta.glob<LearningRuleDefinition>('./*.learning-rule.ts', { eager: true, import: 'learningRule' });

/** By kind, in the order of their labels. */
export const learningRules: ReadonlyMap<string, LearningRuleDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
