import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import residual from '../../../resources/templates/residual.json';
import { edgeIdentifier } from '../../../compute/graph/model-document';
import { useProjectStore } from '../project';
import { useEditorStore } from './editor.store';

vi.mock('../../platform/client', () => ({
  call: (name: string, request: { content?: unknown } | null) => {
    const project = {
      token: 'token-of-project',
      name: 'Net',
      location: '/x',
      changedAt: '2026-01-01T00:00:00Z',
      content: request?.content,
    };
    const answers: Record<string, unknown> = { 'projects.last': null, 'templates.list': [residual], 'projects.create': project };
    return Promise.resolve({ ok: true, value: answers[name] ?? null });
  },
}));

async function launched() {
  const project = useProjectStore();
  await project.launch();
  return { project, editor: useEditorStore() };
}

beforeEach(() => {
  setActivePinia(createPinia());
});

describe('editing the network', () => {
  it('adds a block in one step, which one undo takes back', async () => {
    const { project, editor } = await launched();
    const before = project.content;
    expect(editor.add('residual-block')).not.toBeNull();
    expect(project.content.document.nodes.length).toBe(before.document.nodes.length + 7);
    expect(project.selection.length).toBe(7);
    const places = Object.values(editor.positions).map(({ x, y }) => `${String(x)} ${String(y)}`);
    expect(new Set(places).size).toBe(project.content.document.nodes.length);
    project.undo();
    expect(project.content.document).toEqual(before.document);
  });

  it('moves nothing when connections come and go', async () => {
    const { project, editor } = await launched();
    const before = structuredClone({ ...editor.positions });
    const edge = project.content.document.edges[3];
    if (!edge) throw new Error('the template has too few edges');
    project.select([], [edgeIdentifier(edge)]);
    editor.removeSelected();
    expect(project.content.document.edges).not.toContainEqual(edge);
    expect(editor.positions).toEqual(before);
    expect(editor.connectNodes(edge.from, edge.to)).toBe(true);
    expect(editor.positions).toEqual(before);
  });

  it('undoes adding, deleting, pasting, renaming and tidying, each in one step', async () => {
    const { project, editor } = await launched();
    const states = [project.content];
    const did = (act: () => unknown) => {
      act();
      states.push(project.content);
      expect(states.at(-1)).not.toEqual(states.at(-2));
    };
    const id = project.content.document.nodes[2]?.id ?? '';
    project.select([id]);
    did(() => editor.add('relu'));
    did(() => {
      editor.rename(project.selection[0] ?? '', 'mine');
    });
    did(() => {
      editor.removeSelected();
    });
    did(() => {
      editor.copy();
      editor.paste();
    });
    did(() => {
      editor.duplicate();
    });
    did(() => editor.drop('dense', { x: 900, y: 900 }, {}));
    did(() => {
      editor.tidy();
    });
    for (const state of states.slice(0, -1).reverse()) {
      project.undo();
      expect(project.content).toEqual(state);
    }
    expect(project.canUndo).toBe(false);
  });

  it('refuses a connection that is not allowed, and keeps no step of it', async () => {
    const { project, editor } = await launched();
    const edge = project.content.document.edges[0];
    if (!edge) throw new Error('the template has no edge');
    expect(editor.connectNodes(edge.to, edge.from)).toBe(false);
    expect(project.canUndo).toBe(false);
  });

  it('selects the layer before a deleted one, so that a walk goes on', async () => {
    const { project, editor } = await launched();
    const edge = project.content.document.edges[0];
    if (!edge) throw new Error('the template has no edge');
    project.select([edge.to]);
    editor.removeSelected();
    expect(project.selection).toEqual([edge.from]);
  });

  it('moves with the arrow keys in one step as long as the same layers are moved', async () => {
    const { project, editor } = await launched();
    const id = project.content.document.nodes[0]?.id ?? '';
    const before = editor.positions[id];
    project.select([id]);
    editor.moveSelected(8, 0);
    editor.moveSelected(8, 0);
    expect(editor.positions[id]).toEqual({ x: (before?.x ?? 0) + 16, y: before?.y });
    project.undo();
    expect(editor.positions[id]).toEqual(before);
  });

  it('freezes the selected layers, thaws them when all are frozen, and leaves no trace of it', async () => {
    const { project, editor } = await launched();
    const before = project.content.document;
    const [first, second] = before.nodes.map((node) => node.id);
    if (first === undefined || second === undefined) throw new Error('the template has too few layers');
    const frozen = () => project.content.document.nodes.filter((node) => node.frozen).map((node) => node.id);
    editor.freeze([first], true);
    project.select([first, second]);
    editor.toggleFrozen();
    expect(frozen()).toEqual([first, second]);
    editor.toggleFrozen();
    expect(project.content.document).toEqual(before);
  });
});
