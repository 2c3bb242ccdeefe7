/** Where samples can be compared: their inputs, and every layer of the network that is ready to be asked. Inside a component. */
import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useProjectStore } from '../project';
import { useTrainStore } from '../train';

export function useLayerOptions(): ComputedRef<readonly { readonly value: string; readonly label: string }[]> {
  const { t, te } = useI18n();
  const project = useProjectStore();
  const train = useTrainStore();
  return computed(() => [
    { value: 'input', label: t('browse.inputs') },
    ...(train.isConfigured
      ? project.analysis.order.flatMap((id) => {
          const node = project.content.document.nodes.find((candidate) => candidate.id === id);
          const shape = project.analysis.nodes.get(id)?.outputShape;
          if (!node || !shape || id === project.analysis.input) return [];
          const key = `layers.${node.kind}.label`;
          return [{ value: id, label: `${id} · ${te(key) ? t(key) : node.kind} · ${shape.join('×')}` }];
        })
      : []),
  ]);
}
