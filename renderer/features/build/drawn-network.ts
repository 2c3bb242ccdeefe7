/** The network as Vue Flow draws it: a node a layer, an edge a connection, and the connection that is being made by keyboard. */
import type { Edge, Node } from '@vue-flow/core';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { edgeIdentifier } from '../../../compute/graph/model-document';
import { formatShape } from '../../../compute/graph/tensor';
import { useProblemText } from '../../language/problem-text';
import { useProjectStore } from '../project';
import { useEditorStore } from './editor.store';

/** `pending`: the connection to draw that is not there yet, if there is one. */
export function useDrawnNetwork(pending: () => { readonly from: string; readonly to: string } | null) {
  const { t } = useI18n();
  const problemText = useProblemText();
  const project = useProjectStore();
  const editor = useEditorStore();

  const selectedNodes = computed(() => new Set(project.selection));
  const selectedEdges = computed(() => new Set(project.selectedEdges));

  const nodes = computed<Node[]>(() =>
    editor.document.nodes.map((node) => ({
      id: node.id,
      type: 'layer',
      position: { ...(editor.positions[node.id] ?? { x: 0, y: 0 }) },
      data: { kind: node.kind, frozen: node.frozen ?? false },
      selected: selectedNodes.value.has(node.id),
      focusable: false,
    })),
  );

  const edgeProblems = computed(() => {
    const found = new Map<string, string[]>();
    for (const problem of project.analysis.problems)
      if (problem.edge !== undefined) found.set(problem.edge, [...(found.get(problem.edge) ?? []), problemText(problem)]);
    return found;
  });

  const edges = computed<Edge[]>(() => {
    const drawn: Edge[] = editor.document.edges.map((edge) => {
      const id = edgeIdentifier(edge);
      const shape = project.analysis.nodes.get(edge.from)?.outputShape;
      const problems = edgeProblems.value.get(id) ?? [];
      return {
        id,
        source: edge.from,
        target: edge.to,
        type: 'smoothstep',
        pathOptions: { borderRadius: 10, offset: 16 },
        selected: selectedEdges.value.has(id),
        class: problems.length > 0 ? 'with-problem' : '',
        ariaLabel: [t('build.edge.name', { from: edge.from, to: edge.to, shape: shape ? formatShape(shape) : '?' }), ...problems].join(
          '. ',
        ),
        focusable: false,
        interactionWidth: 16,
      };
    });
    const proposed = pending();
    if (proposed !== null)
      drawn.push({
        id: 'keyboard-connection',
        source: proposed.from,
        target: proposed.to,
        type: 'smoothstep',
        class: 'pending',
        focusable: false,
        selectable: false,
      });
    return drawn;
  });

  return { nodes, edges };
}
