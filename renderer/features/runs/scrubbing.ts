/** Going along the checkpoints of a run: which one is chosen, and looking at it, one after the other. Inside a component. */
import { computed, ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useNumbers } from '../../language/numbers';
import { useTrainStore } from '../train';
import { useRunsStore, type Checkpoint } from './runs.store';

/** `runId`: of the run whose checkpoints they are, in the order of their steps. */
export function useScrubbing(runId: () => string) {
  const { t } = useI18n();
  const { numbers } = useNumbers();
  const runs = useRunsStore();
  const train = useTrainStore();

  const kept = computed(() => runs.checkpointsOf(runId()));
  /** The checkpoint of this run that is looked at. */
  const looked = computed(() => (train.inPlace?.kind === 'look' && train.inPlace.runId === runId() ? train.inPlace : null));
  /** Its place among them. */
  const chosen = ref(0);
  const checkpoint = computed<Checkpoint | null>(() => kept.value[chosen.value] ?? null);
  const text = computed(() =>
    checkpoint.value
      ? t('runs.checkpoint', {
          epoch: numbers.value.integer(Math.floor(checkpoint.value.epoch)),
          step: numbers.value.integer(checkpoint.value.step),
        })
      : '',
  );
  /** Of what it measured, the accuracy, else the loss. */
  const score = computed(() => {
    const found = checkpoint.value;
    if (!found) return '';
    if (found.validationAccuracy !== null) return numbers.value.percent(found.validationAccuracy, 2);
    const loss = found.validation['loss'];
    return loss === undefined ? '' : t('runs.lossOf', { loss: numbers.value.measure(loss, 3) });
  });

  watch(
    [() => looked.value?.id, () => kept.value.length, () => runs.scrubbing],
    ([id, count, scrubbing]) => {
      if (scrubbing) return;
      const place = kept.value.findIndex((each) => each.id === id);
      chosen.value = place >= 0 ? place : Math.max(0, count - 1);
    },
    { immediate: true },
  );

  /** A slider that is disabled for a moment would lose the keyboard: while one is on its way, the next may be chosen. */
  const canLook = computed(() => !train.isRunning && train.inPlace?.kind !== 'trial' && (!train.busy || runs.scrubbing));

  async function look(): Promise<void> {
    if (checkpoint.value !== null && canLook.value) await runs.look(checkpoint.value);
  }

  return { kept, looked, chosen, checkpoint, text, score, canLook, look };
}

export type Scrubbing = ReturnType<typeof useScrubbing>;
