/** The editor's public side: the canvas, the inspector, and what it offers the shell. */
import type { Command, Feature } from '../feature';
import { useProjectStore } from '../project';
import { useEditorStore } from './editor.store';
import LayerPalette from './LayerPalette.vue';
import ProblemsPanel from './ProblemsPanel.vue';

export { default as LayerInspector } from './LayerInspector.vue';
export { default as NetworkEditor } from './NetworkEditor.vue';

function commands(): readonly Command[] {
  const editor = useEditorStore();
  const project = useProjectStore();
  const hasSelection = () => project.selection.length > 0;
  const canEdit = () => !project.isReadOnly;
  const canEditSelection = () => canEdit() && hasSelection();
  return [
    {
      id: 'delete',
      label: 'build.commands.delete',
      icon: 'trash',
      shortcut: 'delete',
      scope: 'network',
      enabled: () => canEditSelection() || (canEdit() && project.selectedEdges.length > 0),
      perform: editor.removeSelected,
    },
    {
      id: 'duplicate',
      label: 'build.commands.duplicate',
      icon: 'duplicate',
      shortcut: 'mod+d',
      scope: 'network',
      enabled: canEditSelection,
      perform: editor.duplicate,
    },
    {
      id: 'copy',
      label: 'build.commands.copy',
      icon: 'copy',
      shortcut: 'mod+c',
      scope: 'network',
      enabled: hasSelection,
      perform: editor.copy,
    },
    {
      id: 'cut',
      label: 'build.commands.cut',
      icon: 'trash',
      shortcut: 'mod+x',
      scope: 'network',
      enabled: canEditSelection,
      perform: editor.cut,
    },
    {
      id: 'paste',
      label: 'build.commands.paste',
      icon: 'copy',
      shortcut: 'mod+v',
      scope: 'network',
      enabled: () => canEdit() && editor.clipboard !== null,
      perform: editor.paste,
    },
    {
      id: 'select-all',
      label: 'build.commands.select-all',
      icon: 'layers',
      shortcut: 'mod+a',
      scope: 'network',
      perform: editor.selectAll,
    },
    {
      id: 'connect',
      label: 'build.commands.connect',
      icon: 'plug',
      shortcut: 'c',
      scope: 'network',
      enabled: () => canEdit() && editor.tabStop !== null,
      perform: () => {
        if (editor.tabStop !== null) editor.view?.connectFrom(editor.tabStop);
      },
    },
    {
      id: 'freeze',
      label: 'build.commands.freeze',
      icon: 'lock',
      scope: 'network',
      enabled: canEditSelection,
      perform: editor.toggleFrozen,
    },
    { id: 'tidy', label: 'build.commands.tidy', icon: 'tidy', enabled: canEdit, perform: editor.tidy },
    { id: 'fit', label: 'build.commands.fit', icon: 'fit', shortcut: 'f', scope: 'network', perform: () => editor.view?.fit() },
    {
      id: 'zoom-in',
      label: 'build.commands.zoom-in',
      icon: 'zoom-in',
      shortcut: '+',
      scope: 'network',
      perform: () => editor.view?.zoomIn(),
    },
    {
      id: 'zoom-out',
      label: 'build.commands.zoom-out',
      icon: 'zoom-out',
      shortcut: '-',
      scope: 'network',
      perform: () => editor.view?.zoomOut(),
    },
  ];
}

export const feature: Feature = {
  panels: [
    { id: 'layers', place: 'left', label: 'build.palette.title', icon: 'layers', order: 10, component: LayerPalette },
    {
      id: 'problems',
      place: 'bottom',
      label: 'build.problems.title',
      icon: 'warning',
      order: 90,
      component: ProblemsPanel,
      count: () => useProjectStore().analysis.problems.length,
    },
  ],
  commands,
};
