/** What is said of a sample: its place, name, class, split, and what the network says to it. Inside a component. */
import { useI18n } from 'vue-i18n';
import { useNumbers } from '../../language/numbers';
import { useDataStore } from '../data';
import { useBrowseStore } from './browse.store';
import { splitNames, type SplitName } from './sample-table';

export interface SampleWords {
  readonly classOf: (place: number) => string;
  readonly nameOf: (place: number) => string;
  readonly splitOf: (place: number) => SplitName;
  /** `7, 98.2%`; empty where the network was not asked. */
  readonly predictionOf: (place: number) => string;
  readonly isWrong: (place: number) => boolean;
  /** All of it in one line, for a screen reader. */
  readonly describe: (place: number) => string;
}

export function useSampleWords(): SampleWords {
  const { t } = useI18n();
  const { numbers } = useNumbers();
  const browse = useBrowseStore();
  const data = useDataStore();
  const classOf = (place: number): string => {
    const label = browse.table?.labels?.[place];
    return label === undefined ? '' : (data.classNames[label] ?? String(label));
  };
  const nameOf = (place: number): string =>
    browse.table?.names?.[place] ?? t('browse.sampleNumber', { place: numbers.value.integer(place) });
  const splitOf = (place: number): SplitName => splitNames[browse.table?.splits[place] ?? 0] ?? 'excluded';
  const predictedOf = (place: number): number => browse.predictions.predicted[place] ?? -1;
  const predictionOf = (place: number): string => {
    const predicted = predictedOf(place);
    if (predicted < 0) return '';
    const confidence = numbers.value.percent(browse.predictions.confidence[place] ?? NaN);
    return t('browse.predictedAs', { class: data.classNames[predicted] ?? String(predicted), confidence });
  };
  const isWrong = (place: number): boolean => predictedOf(place) >= 0 && predictedOf(place) !== browse.table?.labels?.[place];
  const describe = (place: number): string =>
    [
      nameOf(place),
      classOf(place) === '' ? '' : t('browse.classIs', { class: classOf(place) }),
      t(`browse.splits.${splitOf(place)}`),
      predictionOf(place),
    ]
      .filter((part) => part !== '')
      .join(', ');
  return { classOf, nameOf, splitOf, predictionOf, isWrong, describe };
}
