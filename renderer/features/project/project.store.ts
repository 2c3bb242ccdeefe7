/**
 * The open project: its content, edited by steps that can be undone; its analysis; what is selected; whether it is
 * saved. It knows no canvas and no training.
 */
import type { Draft } from 'mutative';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { edgeIdentifier } from '../../../compute/graph/model-document';
import { analyseNetwork } from '../../../compute/layers/network';
import type { ContractError, ContractResponse } from '../../../main/contract/contract';
import { call } from '../../platform/client';
import { emptyContent, readContent, writeContent, type ProjectContent } from './content';
import { createProjectClaim } from './project-claim';
import { commit, endGesture as closeGesture, redo as stepForward, startHistory, undo as stepBack, type History } from './history';

/**
 * `saved`: project.json holds what is shown. `edited`: it does not, but the autosave does or soon will. `saving`: on its
 * way. `failed`: the last attempt failed; the next edit or Save tries again.
 */
export type SavedState = 'saved' | 'edited' | 'saving' | 'failed';

export type ProjectDialog = 'new' | 'open' | 'save-as' | 'versions' | 'export';

interface Selected {
  readonly nodes: readonly string[];
  readonly edges: readonly string[];
}

type WireProject = ContractResponse<'projects.open'>;

const autosaveDelay = 500;
const firstTemplate = 'lenet-5';

export const useProjectStore = defineStore('project', () => {
  const claim = createProjectClaim(navigator.locks);
  const token = ref<string | null>(null);
  const name = ref('');
  const location = ref('');
  const history = shallowRef<History<ProjectContent>>(startHistory(emptyContent('')));
  const savedState = ref<SavedState>('saved');
  const error = shallowRef<ContractError | null>(null);
  const dialog = ref<ProjectDialog | null>(null);
  /** Ids of the selected nodes, the latest last. */
  const selection = ref<readonly string[]>([]);
  /** Identifiers of the selected edges. */
  const selectedEdges = ref<readonly string[]>([]);
  /** Counts projects opened, so that views know when everything is another one. */
  const generation = ref(0);
  /** What is shown in place of the project's own content, to look at and not to change. */
  const lookedAt = shallowRef<ProjectContent | null>(null);
  /** Counts edits that were refused because something is only looked at. */
  const refusals = ref(0);

  /** What the project holds, whatever is shown: what is saved, and what edits change. */
  const own = computed(() => history.value.state);
  const content = computed(() => lookedAt.value ?? own.value);
  const isReadOnly = computed(() => lookedAt.value !== null);
  const analysis = computed(() => analyseNetwork(content.value.document));
  const canUndo = computed(() => !isReadOnly.value && history.value.past.length > 0);
  const canRedo = computed(() => !isReadOnly.value && history.value.future.length > 0);
  /** Keys of the names of the edits that undo and redo would walk. */
  const undoLabel = computed(() => history.value.past.at(-1)?.label ?? null);
  const redoLabel = computed(() => history.value.future[0]?.label ?? null);

  let savedContent: ProjectContent = own.value;
  let autosavedContent: ProjectContent = own.value;
  let selectedBefore: Selected | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stopTimer(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  async function autosave(): Promise<void> {
    stopTimer();
    const target = token.value;
    const written = own.value;
    if (target === null || written === autosavedContent) return;
    const result = await call('projects.autosave', { token: target, content: writeContent(written) });
    if (target !== token.value) return;
    if (result.ok) {
      autosavedContent = written;
      if (savedState.value === 'failed') savedState.value = own.value === savedContent ? 'saved' : 'edited';
    } else {
      savedState.value = 'failed';
      error.value = result.error;
    }
  }

  function changed(next: History<ProjectContent>): void {
    const before = history.value;
    history.value = next;
    if (next.state === before.state) return;
    const ids = new Set(next.state.document.nodes.map((node) => node.id));
    const edges = new Set(next.state.document.edges.map(edgeIdentifier));
    if (selection.value.some((id) => !ids.has(id))) selection.value = selection.value.filter((id) => ids.has(id));
    if (selectedEdges.value.some((id) => !edges.has(id))) selectedEdges.value = selectedEdges.value.filter((id) => edges.has(id));
    savedState.value = next.state === savedContent ? 'saved' : 'edited';
    // Not put off by the next edit: whoever edits without a pause loses no more than that either.
    timer ??= setTimeout(() => {
      void autosave();
    }, autosaveDelay);
  }

  /** False, and counted, while something is only looked at. */
  function mayEdit(): boolean {
    if (isReadOnly.value) refusals.value += 1;
    return !isReadOnly.value;
  }

  /**
   * One edit, by a recipe on a draft of the content. `label` is a key of the locale files that names it. Edits in a row
   * with the same `gesture` (a drag, typing in one field) are one step of undo. Refused while something is only looked at.
   */
  function edit(label: string, recipe: (draft: Draft<ProjectContent>) => void, options: { readonly gesture?: string } = {}): void {
    if (mayEdit()) changed(commit(history.value, label, recipe, options.gesture ?? null));
  }

  const endGesture = () => {
    history.value = closeGesture(history.value);
  };
  const undo = () => {
    if (canUndo.value) changed(stepBack(history.value));
  };
  const redo = () => {
    if (canRedo.value) changed(stepForward(history.value));
  };

  function select(nodes: readonly string[], edges: readonly string[] = []): void {
    selection.value = nodes;
    selectedEdges.value = edges;
  }

  /** Shows other content, read-only, until `lookBack`: edits are refused, nothing of it is saved. */
  function lookAt(other: ProjectContent): void {
    selectedBefore ??= { nodes: selection.value, edges: selectedEdges.value };
    lookedAt.value = other;
    const ids = new Set(other.document.nodes.map(({ id }) => id));
    const edges = new Set(other.document.edges.map(edgeIdentifier));
    select(
      selection.value.filter((id) => ids.has(id)),
      selectedEdges.value.filter((id) => edges.has(id)),
    );
  }

  /** The project's own content again, with what was selected in it. */
  function lookBack(): void {
    if (lookedAt.value === null) return;
    lookedAt.value = null;
    select(selectedBefore?.nodes ?? [], selectedBefore?.edges ?? []);
    selectedBefore = null;
  }

  const fail = (reason: ContractError): false => {
    error.value = reason;
    return false;
  };

  async function show(project: WireProject): Promise<boolean> {
    const read = readContent(project.content);
    if (!read.ok) return fail({ code: 'project.unreadable', values: { name: project.name, reason: read.detail } });
    if (!(await claim(project.location))) return fail({ code: 'project.other-window', values: { name: project.name } });
    stopTimer();
    token.value = project.token;
    name.value = project.name;
    location.value = project.location;
    lookedAt.value = null;
    selectedBefore = null;
    history.value = startHistory(read.value);
    savedContent = read.value;
    autosavedContent = read.value;
    savedState.value = 'saved';
    error.value = null;
    select([]);
    generation.value += 1;
    return true;
  }

  /** Makes a project of its own from content, and opens it. False, with `error` set, if that failed. */
  async function create(projectName: string, projectContent: ProjectContent): Promise<boolean> {
    await autosave();
    const created = await call('projects.create', { name: projectName, content: writeContent(projectContent) });
    return created.ok ? show(created.value) : fail(created.error);
  }

  async function open(projectToken: string): Promise<boolean> {
    await autosave();
    const opened = await call('projects.open', { token: projectToken });
    return opened.ok ? show(opened.value) : fail(opened.error);
  }

  /** The project of the last session; at the first launch LeNet-5 with MNIST. */
  async function launch(): Promise<boolean> {
    const last = await call('projects.last', null);
    if (last.ok && last.value !== null && (await show(last.value))) return true;
    const templates = await call('templates.list', null);
    if (!templates.ok) return fail(templates.error);
    const template = templates.value.find((candidate) => candidate.id === firstTemplate) ?? templates.value[0];
    if (!template) return create('Untitled', emptyContent('Untitled'));
    const read = readContent(template.content);
    return read.ok
      ? create(template.name, read.value)
      : fail({ code: 'project.unreadable', values: { name: template.name, reason: read.detail } });
  }

  async function save(): Promise<boolean> {
    const target = token.value;
    if (target === null) return false;
    const written = own.value;
    stopTimer();
    savedState.value = 'saving';
    const saved = await call('projects.save', { token: target, content: writeContent(written) });
    if (target !== token.value) return saved.ok;
    if (!saved.ok) {
      savedState.value = 'failed';
      return fail(saved.error);
    }
    location.value = saved.value.location;
    name.value = saved.value.name;
    savedContent = written;
    autosavedContent = written;
    savedState.value = own.value === written ? 'saved' : 'edited';
    return true;
  }

  /** Copies the project, with its runs, to a folder named after it inside `folder`, and goes on there. */
  async function saveAs(folder: string, projectName: string): Promise<boolean> {
    const target = token.value;
    if (target === null) return false;
    const renamed: ProjectContent = { ...own.value, document: { ...own.value.document, name: projectName } };
    const saved = await call('projects.saveAs', { token: target, folder, name: projectName, content: writeContent(renamed) });
    return saved.ok ? show(saved.value) : fail(saved.error);
  }

  /** Goes back to an earlier version by one edit. */
  async function restore(id: string): Promise<boolean> {
    const target = token.value;
    if (target === null || !mayEdit()) return false;
    const version = await call('projects.readVersion', { token: target, id });
    if (!version.ok) return fail(version.error);
    const read = readContent(version.value.content);
    if (!read.ok) return fail({ code: 'project.unreadable', values: { name: name.value, reason: read.detail } });
    edit('project.versions.edit', (draft) => {
      Object.assign(draft, structuredClone(read.value));
    });
    return true;
  }

  return {
    token,
    name,
    location,
    content,
    own,
    isReadOnly,
    refusals,
    lookAt,
    lookBack,
    mayEdit,
    analysis,
    selection,
    selectedEdges,
    generation,
    savedState,
    error,
    dialog,
    canUndo,
    canRedo,
    undoLabel,
    redoLabel,
    edit,
    endGesture,
    undo,
    redo,
    select,
    create,
    open,
    launch,
    save,
    saveAs,
    restore,
    autosave,
  };
});
