/**
 * What a person does with the network: adding, deleting, connecting, copying, tidying, each one step of the project's
 * history; and where the focus of the keyboard stands on the canvas. It knows no Vue Flow.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { edgeIdentifier } from '../../../compute/graph/model-document';
import type { BlockDefinition } from '../../../compute/layers/block';
import { blocks } from '../../../compute/layers/block-registry';
import { analyseNetwork } from '../../../compute/layers/network';
import { layers } from '../../../compute/layers/registry';
import type { Position } from '../project';
import { useProjectStore } from '../project';
import { copyFragment, pasteFragment, type Fragment } from './fragment';
import {
  connect,
  insertBlock,
  insertLayer,
  insertOnEdge,
  openEnd,
  refuseConnection,
  removeEdges,
  removeNodes,
  renameNode,
  type ConnectionRefusal,
} from './graph';
import {
  columnStep,
  completeLayout,
  freePlace,
  isTidy,
  makeRoom,
  nodeSize,
  readingOrder,
  tidyLayout,
  type Positions,
  type Size,
} from './layout';

/** What the canvas offers to those who do not see it. */
export interface CanvasView {
  readonly fit: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  /** Moves the view, if need be, until the node is in it, and gives it the focus. */
  readonly focusNode: (id: string) => void;
  /** Lets the person choose by keyboard where the node's output goes. */
  readonly connectFrom: (id: string) => void;
}

export const useEditorStore = defineStore('editor', () => {
  const project = useProjectStore();
  /** Pixels of the canvas; a layout is made for it. */
  const viewSize = ref<Size>({ width: 900, height: 500 });
  /** The size that nodes without a place are laid out for: it stays while a project is open, so that nothing moves by itself. */
  const layoutSize = ref<Size>(viewSize.value);
  const view = shallowRef<CanvasView | null>(null);
  const clipboard = shallowRef<Fragment | null>(null);
  let pastes = 0;

  const document = computed(() => project.content.document);
  const positions = computed<Positions>(() => completeLayout(document.value, project.content.layout, layoutSize.value));
  const order = computed(() => readingOrder(document.value, positions.value));
  /** The node that the Tab key reaches. */
  const focused = ref<string | null>(null);
  const tabStop = computed(() => {
    const candidates = [focused.value, project.selection.at(-1) ?? null];
    return candidates.find((id) => id !== null && id in positions.value) ?? order.value[0] ?? null;
  });

  /** One step that may change nodes and edges; a layout that was tidy is tidy after it. */
  function editNetwork(label: string, recipe: Parameters<typeof project.edit>[1]): void {
    const tidyBefore = isTidy(document.value, positions.value);
    const before = positions.value;
    project.edit(label, (draft) => {
      draft.layout = { ...before };
      recipe(draft);
      const ids = new Set(draft.document.nodes.map((node) => node.id));
      draft.layout = tidyBefore
        ? tidyLayout(draft.document, viewSize.value)
        : Object.fromEntries(Object.entries(draft.layout).filter(([id]) => ids.has(id)));
    });
  }

  /** One step that changes the network and moves nothing: also what was laid out by itself stays where it is. */
  function editInPlace(label: string, recipe: Parameters<typeof project.edit>[1]): void {
    const before = positions.value;
    project.edit(label, (draft) => {
      draft.layout = { ...before };
      recipe(draft);
    });
  }

  /** Where the next layer goes by itself: after the selected node, or at the network's open end. */
  function placeToGoOn(): string | null {
    const last = project.selection.at(-1);
    return last !== undefined && last in positions.value ? last : openEnd(document.value);
  }

  /** Adds the layers of a block in one step and selects them; the answer is its output. */
  function addBlock(block: BlockDefinition, after: string | null, edge?: string, wanted?: Position): string | null {
    const input = after === null ? null : (analyseNetwork(document.value).nodes.get(after)?.outputShape ?? null);
    let ids: string[] = [];
    editNetwork('build.edits.add', (draft) => {
      ids = insertBlock(draft.document, layers, block, { after, edge, input });
      const source = after === null ? undefined : draft.layout[after];
      const start = wanted ?? { x: (source?.x ?? -columnStep) + columnStep, y: source?.y ?? 0 };
      ids.forEach((id, number) => {
        draft.layout[id] = freePlace(draft.layout, { x: start.x + number * columnStep, y: start.y });
      });
    });
    project.select(ids);
    return ids.at(-1) ?? null;
  }

  /** Adds a layer or a block after the selected node (or at the network's open end), and selects it. Null if there is no such kind. */
  function add(kind: string): string | null {
    if (!project.mayEdit()) return null;
    const block = blocks.get(kind);
    if (block) return addBlock(block, placeToGoOn());
    const definition = layers.get(kind);
    if (!definition) return null;
    const after = placeToGoOn();
    let id = '';
    editNetwork('build.edits.add', (draft) => {
      id = insertLayer(draft.document, definition, after);
      const source = after === null ? undefined : draft.layout[after];
      const place =
        source && definition.inputs.maximum > 0 ? { x: source.x + columnStep, y: source.y } : freePlace(draft.layout, { x: 0, y: 0 });
      draft.layout = { ...makeRoom(draft.layout, place), [id]: place };
    });
    project.select([id]);
    return id;
  }

  /** Adds a layer where it was dropped: on a node after it, on an edge into it, else free at that place. */
  function drop(
    kind: string,
    place: Position,
    target: { readonly node?: string | undefined; readonly edge?: string | undefined },
  ): string | null {
    if (!project.mayEdit()) return null;
    if (target.node !== undefined) {
      project.select([target.node]);
      return add(kind);
    }
    const block = blocks.get(kind);
    if (block) {
      const edge = document.value.edges.find((candidate) => edgeIdentifier(candidate) === target.edge);
      return addBlock(block, edge?.from ?? null, target.edge, edge === undefined ? place : undefined);
    }
    const definition = layers.get(kind);
    if (!definition) return null;
    let id = '';
    const recipe: Parameters<typeof project.edit>[1] = (draft) => {
      const where = { x: Math.round(place.x - nodeSize.width / 2), y: Math.round(place.y - nodeSize.height / 2) };
      id =
        target.edge === undefined ? insertLayer(draft.document, definition, null) : insertOnEdge(draft.document, definition, target.edge);
      draft.layout[id] = freePlace(draft.layout, where);
    };
    if (target.edge === undefined) editInPlace('build.edits.add', recipe);
    else editNetwork('build.edits.add', recipe);
    project.select([id]);
    return id;
  }

  const refusalOf = (from: string, to: string): ConnectionRefusal | null => refuseConnection(document.value, layers, from, to);

  function connectNodes(from: string, to: string): boolean {
    if (refusalOf(from, to) !== null || !project.mayEdit()) return false;
    editInPlace('build.edits.connect', (draft) => {
      connect(draft.document, layers, from, to);
    });
    return true;
  }

  /** Deletes the selected nodes and edges; the node that came before is selected, so that a walk goes on. */
  function removeSelected(): void {
    const nodes = project.selection;
    const edges = new Set(project.selectedEdges);
    if ((nodes.length === 0 && edges.size === 0) || !project.mayEdit()) return;
    const before = document.value.edges.find((edge) => nodes.includes(edge.to) && !nodes.includes(edge.from))?.from;
    const next = before ?? order.value.find((id) => !nodes.includes(id));
    const recipe: Parameters<typeof project.edit>[1] = (draft) => {
      removeEdges(draft.document, edges);
      removeNodes(draft.document, nodes);
    };
    if (nodes.length > 0) editNetwork('build.edits.delete', recipe);
    else editInPlace('build.edits.disconnect', recipe);
    if (nodes.length > 0 && next !== undefined) {
      project.select([next]);
      view.value?.focusNode(next);
    }
  }

  function removeEdge(identifier: string): void {
    editInPlace('build.edits.disconnect', (draft) => {
      removeEdges(draft.document, new Set([identifier]));
    });
  }

  function rename(from: string, to: string): void {
    if (!project.mayEdit()) return;
    editInPlace('build.edits.rename', (draft) => {
      renameNode(draft.document, from, to);
      const place = draft.layout[from];
      if (place) {
        draft.layout = Object.fromEntries(Object.entries(draft.layout).map(([id, position]) => [id === from ? to : id, position]));
      }
    });
    project.select([to]);
    focused.value = to;
  }

  /** Keeps training from changing these layers, or lets it again. */
  function freeze(ids: readonly string[], frozen: boolean): void {
    editInPlace(frozen ? 'build.edits.freeze' : 'build.edits.thaw', (draft) => {
      for (const node of draft.document.nodes) {
        if (!ids.includes(node.id)) continue;
        if (frozen) node.frozen = true;
        else delete node.frozen;
      }
    });
  }

  /** Freezes the selected layers, or thaws them where all are frozen. */
  function toggleFrozen(): void {
    const selected = document.value.nodes.filter((node) => project.selection.includes(node.id));
    if (selected.length > 0) freeze(project.selection, !selected.every((node) => node.frozen === true));
  }

  function copy(): void {
    if (project.selection.length === 0) return;
    clipboard.value = copyFragment(document.value, positions.value, project.selection);
    pastes = 0;
  }

  function insertFragment(label: string, fragment: Fragment, distance: number): void {
    if (!project.mayEdit()) return;
    let ids: string[] = [];
    editInPlace(label, (draft) => {
      ids = pasteFragment(draft, fragment, { x: 24 * distance, y: (nodeSize.height + 20) * distance });
    });
    project.select(ids);
    const first = ids[0];
    if (first !== undefined) view.value?.focusNode(first);
  }

  function paste(): void {
    if (!clipboard.value) return;
    pastes += 1;
    insertFragment('build.edits.paste', clipboard.value, pastes);
  }

  function duplicate(): void {
    if (project.selection.length > 0)
      insertFragment('build.edits.duplicate', copyFragment(document.value, positions.value, project.selection), 1);
  }

  function cut(): void {
    copy();
    removeSelected();
  }

  function selectAll(): void {
    project.select(order.value);
  }

  function tidy(): void {
    if (!project.mayEdit()) return;
    project.edit('build.edits.tidy', (draft) => {
      draft.layout = tidyLayout(document.value, viewSize.value);
    });
    view.value?.fit();
  }

  /** Moves nodes to new places; with the same `gesture` one step of undo. */
  function move(places: Positions, gesture: string): void {
    const before = positions.value;
    project.edit(
      'build.edits.move',
      (draft) => {
        draft.layout = { ...before, ...places };
      },
      { gesture },
    );
  }

  function moveSelected(dx: number, dy: number): void {
    const places = Object.fromEntries(
      project.selection.flatMap((id) => {
        const place = positions.value[id];
        return place ? [[id, { x: place.x + dx, y: place.y + dy }]] : [];
      }),
    );
    move(places, `move:${project.selection.join()}`);
  }

  return {
    viewSize,
    layoutSize,
    view,
    clipboard,
    document,
    positions,
    order,
    focused,
    tabStop,
    add,
    drop,
    refusalOf,
    connectNodes,
    removeSelected,
    removeEdge,
    rename,
    freeze,
    toggleFrozen,
    copy,
    cut,
    paste,
    duplicate,
    selectAll,
    tidy,
    move,
    moveSelected,
  };
});
