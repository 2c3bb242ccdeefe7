import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import lenet from '../../../resources/templates/lenet-5.json';
import mlp from '../../../resources/templates/mlp.json';
import type { ContractError } from '../../../main/contract/contract';
import { writeContent, type WireContent } from './content';
import { useProjectStore } from './project.store';

interface SystemDouble {
  readonly calls: { readonly name: string; readonly request: unknown }[];
  readonly failing: Map<string, ContractError>;
  last: unknown;
  version: unknown;
  templates: unknown[];
}

/** The system side as the store sees it: it keeps what it is given, and fails when told to. */
const system = vi.hoisted((): SystemDouble => ({ calls: [], failing: new Map(), last: null, version: null, templates: [] }));

vi.mock('../../platform/client', () => ({
  call: (name: string, request: { name?: string; content?: unknown; token?: string } | null) => {
    system.calls.push({ name, request });
    const error = system.failing.get(name);
    if (error !== undefined) return Promise.resolve({ ok: false, error });
    const summary = {
      token: 'token-of-project',
      name: request?.name ?? 'LeNet-5',
      location: '/projects/LeNet-5',
      changedAt: '2026-01-01T00:00:00Z',
    };
    const answers: Record<string, unknown> = {
      'projects.last': system.last,
      'templates.list': system.templates,
      'projects.create': { ...summary, content: request?.content },
      'projects.save': summary,
      'projects.saveAs': { ...summary, token: 'token-of-copy', content: request?.content },
      'projects.autosave': null,
      'projects.readVersion': { content: system.version },
    };
    return Promise.resolve({ ok: true, value: answers[name] });
  },
}));

const namesOf = () => system.calls.map((call) => call.name);
const fullDisk: ContractError = { code: 'storage.disk-full', values: {} };

beforeEach(() => {
  vi.useFakeTimers();
  system.calls.length = 0;
  system.failing.clear();
  system.last = null;
  system.templates = [mlp, lenet];
  setActivePinia(createPinia());
});
afterEach(() => {
  vi.useRealTimers();
});

const rename = (store: ReturnType<typeof useProjectStore>, name: string, gesture?: string) => {
  store.edit(
    'test',
    (draft) => {
      draft.document.name = name;
    },
    gesture === undefined ? {} : { gesture },
  );
};

describe('the project store', () => {
  it('shows other content to look at, changes and saves nothing of it, and goes back to its own with its history', async () => {
    const store = useProjectStore();
    await store.launch();
    rename(store, 'Mine');
    store.select(['conv1'], []);
    const mine = store.content;
    const other = { ...mine, document: { ...mine.document, name: 'Then', nodes: mine.document.nodes.filter(({ id }) => id !== 'conv1') } };
    store.lookAt(other);
    expect([store.content, store.own, store.isReadOnly, store.canUndo]).toEqual([other, mine, true, false]);
    expect(store.selection).toEqual([]);
    rename(store, 'Changed');
    store.undo();
    expect([store.content, store.own, store.refusals]).toEqual([other, mine, 1]);
    store.select(['input'], []);
    await vi.advanceTimersByTimeAsync(2000);
    await store.save();
    const written = system.calls.filter(({ name }) => name === 'projects.autosave' || name === 'projects.save');
    expect(written.map(({ request }) => (request as { content: WireContent }).content.document)).toMatchObject([
      { name: 'Mine' },
      { name: 'Mine' },
    ]);
    expect(await store.restore('1')).toBe(false);
    store.lookBack();
    expect(store.content).toBe(mine);
    expect(store.selection).toEqual(['conv1']);
    store.undo();
    expect(store.content.document.name).not.toBe('Mine');
    // Another project ends the look.
    store.lookAt(other);
    await store.launch();
    expect(store.isReadOnly).toBe(false);
  });

  it('opens LeNet-5 at the first launch, valid and saved', async () => {
    const store = useProjectStore();
    expect(await store.launch()).toBe(true);
    expect(store.content.document.nodes[0]?.id).toBe('input');
    expect(store.name).toBe('LeNet-5');
    expect(store.analysis.valid).toBe(true);
    expect(store.savedState).toBe('saved');
  });

  it('opens the project of the last session', async () => {
    system.last = { token: 'token-of-last', name: 'Mine', location: '/x', changedAt: '2026-01-01T00:00:00Z', content: mlp.content };
    const store = useProjectStore();
    await store.launch();
    expect(store.name).toBe('Mine');
    expect(namesOf()).not.toContain('projects.create');
  });

  it('falls back to the template when the last project cannot be read', async () => {
    system.last = { token: 'token-of-last', name: 'Broken', location: '/x', changedAt: '2026-01-01T00:00:00Z', content: { document: {} } };
    const store = useProjectStore();
    expect(await store.launch()).toBe(true);
    expect(store.name).toBe('LeNet-5');
  });

  it('keeps an edit within a second, and once however many there were', async () => {
    const store = useProjectStore();
    await store.launch();
    system.calls.length = 0;
    rename(store, 'a');
    rename(store, 'ab');
    expect(store.savedState).toBe('edited');
    await vi.advanceTimersByTimeAsync(1000);
    expect(namesOf()).toEqual(['projects.autosave']);
    // The request is what the contract's schema describes.
    expect((system.calls[0]?.request as { content: WireContent }).content.document).toMatchObject({ name: 'ab' });
  });

  it('keeps an edit within a second also where edits follow each other without a pause', async () => {
    const store = useProjectStore();
    await store.launch();
    system.calls.length = 0;
    for (let edit = 0; edit < 10; edit++) {
      rename(store, `name ${String(edit)}`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(namesOf()).toContain('projects.autosave');
  });

  it('goes back to an earlier version by an edit that can be undone', async () => {
    const store = useProjectStore();
    await store.launch();
    const before = store.content;
    rename(store, 'later');
    system.version = writeContent(before);
    expect(await store.restore('1')).toBe(true);
    expect(store.content).toEqual(before);
    store.undo();
    expect(store.content.document.name).toBe('later');
  });

  it('is saved again after undoing the edits since', async () => {
    const store = useProjectStore();
    await store.launch();
    rename(store, 'a', 'typing');
    rename(store, 'ab', 'typing');
    store.undo();
    expect(store.content.document.name).toBe('LeNet-5');
    expect(store.savedState).toBe('edited');
    expect(store.canUndo).toBe(false);
    store.redo();
    expect(store.content.document.name).toBe('ab');
  });

  it('says that it could not save, and that it could later', async () => {
    const store = useProjectStore();
    await store.launch();
    rename(store, 'a');
    system.failing.set('projects.save', fullDisk);
    expect(await store.save()).toBe(false);
    expect(store.savedState).toBe('failed');
    expect(store.error).toEqual(fullDisk);
    system.failing.clear();
    expect(await store.save()).toBe(true);
    expect(store.savedState).toBe('saved');
  });

  it('tells a failed autosave, and goes on trying with the next edit', async () => {
    const store = useProjectStore();
    await store.launch();
    system.failing.set('projects.autosave', fullDisk);
    rename(store, 'a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.savedState).toBe('failed');
    system.failing.clear();
    rename(store, 'b');
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.savedState).toBe('edited');
  });

  it('goes on in the copy after saving as', async () => {
    const store = useProjectStore();
    await store.launch();
    expect(await store.saveAs('token-of-folder', 'Copy')).toBe(true);
    expect(store.token).toBe('token-of-copy');
    expect(store.content.document.name).toBe('Copy');
    expect(store.canUndo).toBe(false);
  });

  it('forgets the selection of what is gone', async () => {
    const store = useProjectStore();
    await store.launch();
    store.select(['conv1', 'relu1']);
    store.edit('test', (draft) => {
      draft.document.nodes = draft.document.nodes.filter((node) => node.id !== 'conv1');
    });
    expect(store.selection).toEqual(['relu1']);
  });
});
