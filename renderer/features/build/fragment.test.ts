import { create } from 'mutative';
import { describe, expect, it } from 'vitest';
import { edgeIdentifier } from '../../../compute/graph/model-document';
import { analyseNetwork } from '../../../compute/layers/network';
import residual from '../../../resources/templates/residual.json';
import { readContent } from '../project/content';
import { copyFragment, pasteFragment } from './fragment';
import { tidyLayout } from './layout';

const read = readContent(residual.content);
if (!read.ok) throw new Error(read.detail);
const content = { ...read.value, layout: tidyLayout(read.value.document, { width: 900, height: 500 }) };
const ids = content.document.nodes.map((node) => node.id);

describe('copy and paste', () => {
  it('of everything into an empty project is the same network', () => {
    const fragment = copyFragment(content.document, content.layout, ids);
    const pasted = create({ ...content, document: { ...content.document, nodes: [], edges: [] }, layout: {} }, (draft) => {
      pasteFragment(draft, fragment, { x: 0, y: 0 });
    });
    expect(pasted.document.nodes).toEqual(content.document.nodes);
    expect(pasted.document.edges.map(edgeIdentifier).sort()).toEqual(content.document.edges.map(edgeIdentifier).sort());
    expect(pasted.layout).toEqual(content.layout);
    expect(analyseNetwork(pasted.document).valid).toBe(true);
  });

  it('gives every pasted node a free id, and connects the copies among themselves only', () => {
    const fragment = copyFragment(content.document, content.layout, ids);
    let given: string[] = [];
    const pasted = create(content, (draft) => {
      given = pasteFragment(draft, fragment, { x: 24, y: 88 });
    });
    expect(new Set([...ids, ...given]).size).toBe(2 * ids.length);
    expect(pasted.document.edges.every((edge) => given.includes(edge.from) === given.includes(edge.to))).toBe(true);
    expect(pasted.document.edges).toHaveLength(2 * content.document.edges.length);
    const first = given[0] ?? '';
    expect(pasted.layout[first]).toEqual({
      x: (content.layout[ids[0] ?? '']?.x ?? 0) + 24,
      y: (content.layout[ids[0] ?? '']?.y ?? 0) + 88,
    });
  });

  it('of a part leaves its outer edges behind and numbers ports from 0', () => {
    const merge = content.document.nodes.find((node) => node.kind === 'add');
    const inputs = content.document.edges.filter((edge) => edge.to === merge?.id).sort((a, b) => a.port - b.port);
    const second = inputs[1];
    if (!merge || !second) throw new Error('the residual template has no merge');
    const fragment = copyFragment(content.document, content.layout, [second.from, merge.id]);
    const pasted = create({ ...content, document: { ...content.document, nodes: [], edges: [] }, layout: {} }, (draft) => {
      pasteFragment(draft, fragment, { x: 0, y: 0 });
    });
    expect(pasted.document.edges).toEqual([{ from: second.from, to: merge.id, port: 0 }]);
  });
});
