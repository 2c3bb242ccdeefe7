/** The canvas by keyboard: walking along edges, selecting, moving, and connecting two nodes. What an edit means stands in the editor's store. */
import { computed, ref, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { announce } from '../../ui/announcements';
import { useProjectStore } from '../project';
import type { CanvasFocus } from './canvas-view';
import { useEditorStore } from './editor.store';
import { startConnection, stepConnection, targetOf, type KeyboardConnection } from './keyboard-connection';
import { walk, type Direction } from './layout';

const directions: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
const steps: Readonly<Record<Direction, readonly [number, number]>> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** `inspect` is what Enter does on a node. */
export function useCanvasKeyboard(frame: Readonly<Ref<HTMLElement | null>>, { reveal, focusNode }: CanvasFocus, inspect: () => void) {
  const { t } = useI18n();
  const project = useProjectStore();
  const editor = useEditorStore();

  const connection = ref<KeyboardConnection | null>(null);
  const target = computed(() => (connection.value ? targetOf(connection.value) : null));

  const markOf = (id: string) => {
    if (!connection.value) return '';
    if (id === connection.value.from) return 'source';
    if (id === target.value) return 'target';
    return connection.value.candidates.includes(id) ? 'candidate' : 'refused';
  };

  function beginConnection(from: string): void {
    if (!project.mayEdit()) return;
    connection.value = startConnection(editor.order, from, (to) => editor.refusalOf(from, to) === null);
    if (target.value === null) announce(t('build.connect.nowhere', { from }));
    else announce(t('build.connect.begin', { from, to: target.value, count: connection.value?.candidates.length ?? 0 }));
  }

  function changeTarget(by: 1 | -1): void {
    if (!connection.value) return;
    connection.value = stepConnection(connection.value, by);
    if (target.value === null) return;
    reveal(target.value);
    announce(
      t('build.connect.target', { to: target.value, position: connection.value.index + 1, count: connection.value.candidates.length }),
    );
  }

  function endConnection(confirm: boolean): void {
    const finished = connection.value;
    const to = target.value;
    connection.value = null;
    if (!finished) return;
    if (confirm && to !== null && editor.connectNodes(finished.from, to)) announce(t('build.connect.done', { from: finished.from, to }));
    else announce(t('build.connect.cancelled'));
  }

  function keyWhileConnecting(event: KeyboardEvent): boolean {
    if (!connection.value) return false;
    if (event.key === 'Enter' || event.key === ' ') endConnection(true);
    else if (event.key === 'Escape') endConnection(false);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowDown' || (event.key === 'Tab' && !event.shiftKey)) changeTarget(1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp' || event.key === 'Tab') changeTarget(-1);
    return true;
  }

  function key(event: KeyboardEvent): void {
    const id = event.target instanceof HTMLElement ? event.target.dataset['node'] : undefined;
    if (event.target === frame.value && directions[event.key] && !event.altKey && editor.tabStop !== null) {
      event.preventDefault();
      focusNode(editor.tabStop);
    }
    if (id === undefined) return;
    if (keyWhileConnecting(event)) {
      event.preventDefault();
      return;
    }
    const modified = event.ctrlKey || event.metaKey;
    const direction = directions[event.key];
    if (direction && event.altKey) {
      const [dx, dy] = steps[direction];
      if (!project.selection.includes(id)) project.select([id]);
      editor.moveSelected(dx * (event.shiftKey ? 40 : 8), dy * (event.shiftKey ? 40 : 8));
    } else if (direction && !modified) {
      const next = walk(editor.document, editor.positions, id, direction);
      if (next !== null) {
        focusNode(next);
        project.select(event.shiftKey ? [...project.selection.filter((other) => other !== next), next] : [next]);
      }
    } else if (event.key === 'Enter' && !modified) {
      project.select([id]);
      inspect();
    } else if (event.key === ' ') {
      project.select(project.selection.includes(id) ? project.selection.filter((other) => other !== id) : [...project.selection, id]);
    } else if (event.key === 'Escape' && project.selection.length + project.selectedEdges.length > 0) project.select([]);
    else return;
    event.preventDefault();
  }

  /** The connection that Enter would make. */
  const pending = computed(() => (connection.value && target.value !== null ? { from: connection.value.from, to: target.value } : null));
  const cancelConnection = () => {
    if (connection.value) endConnection(false);
  };
  return { key, markOf, pending, beginConnection, cancelConnection };
}
