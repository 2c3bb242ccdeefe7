/** The reference: whole, and the page in docs/ up to date with it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layers } from '../../compute/layers/registry';
import { reference } from './reference';
import { referenceMarkdown } from './reference-markdown';

describe('the reference', () => {
  const entries = reference();

  it('has every layer, with formula and shapes', () => {
    const found = entries.filter(({ type }) => type === 'layer');
    expect(found.map(({ kind }) => kind)).toEqual([...layers.keys()]);
    for (const { kind, formula, shapes } of found) {
      expect(formula, kind).not.toBe('');
      expect(shapes.length, kind).toBeGreaterThan(0);
      expect(shapes, `the samples of ${kind} have shapes`).not.toContain('');
    }
  });

  it('has blocks, losses, optimizers, schedules and initializers', () => {
    expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(['layer', 'block', 'loss', 'optimizer', 'schedule', 'initializer']));
  });

  it('stands in docs/layers.md as it is', () => {
    const page = readFileSync(new URL('../../docs/layers.md', import.meta.url), 'utf8');
    expect(page === referenceMarkdown(entries), 'docs/layers.md is stale: npx hebb layers --markdown > docs/layers.md').toBe(true);
  });
});
