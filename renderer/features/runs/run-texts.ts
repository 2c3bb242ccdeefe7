/** How runs, columns and measures are called in the language of the interface. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useNumbers } from '../../language/numbers';
import { isFraction, measureName, valueIn, type Cell, type Column, type Run } from './run-table';

export function useRunTexts() {
  const { t, te } = useI18n({ useScope: 'global' });
  const { numbers } = useNumbers();

  const nameOf = (run: Pick<Run, 'name' | 'startedAt'>): string => (run.name === '' ? numbers.value.moment(run.startedAt) : run.name);
  const statusOf = (status: string): string => (te(`runs.status.${status}`) ? t(`runs.status.${status}`) : status);
  const toneOf = (status: string): 'accent' | 'error' | 'warning' | 'neutral' =>
    status === 'running' ? 'accent' : status === 'failed' ? 'error' : status === 'interrupted' ? 'warning' : 'neutral';
  /** A setting as the form calls it, if it does; else the words of its path: `optimizer.parameters.beta1` is `optimizer beta1`. */
  function pathName(path: string): string {
    const key = `train.settings.${path}.label`;
    return te(key)
      ? t(key)
      : path
          .split('.')
          .filter((part) => part !== 'parameters')
          .join(' ');
  }

  function measureText(measure: string): string {
    const key = `runs.measures.${measure}`;
    return te(key) ? t(key) : measure;
  }
  /** `validation/loss` as `validation loss`. */
  const seriesText = (key: string): string =>
    t(`runs.series.${key.slice(0, key.indexOf('/'))}`, { measure: measureText(measureName(key)) });

  function columnText({ id, of }: Column): string {
    if (id.startsWith('measure ')) return t('runs.columns.best', { measure: measureText(measureName(of)) });
    return id.startsWith('setting ') ? pathName(of) : t(`runs.columns.${id}`);
  }

  function measured(key: string, value: number): string {
    return isFraction(key) ? numbers.value.percent(value, 2) : numbers.value.measure(value, 4);
  }

  function cellText(column: Column, run: Run): string {
    const value: Cell = valueIn(run, column);
    if (column.id === 'name') return nameOf(run);
    if (value === null) return '–';
    switch (column.kind) {
      case 'number':
        if (typeof value !== 'number') return value;
        if (Number.isInteger(value)) return numbers.value.integer(value);
        // A setting as it was given, 0.1; what was measured with the digits that it has.
        return column.id.startsWith('setting ') ? String(Number(value.toPrecision(4))) : numbers.value.measure(value, 4);
      case 'percent':
        return numbers.value.percent(Number(value), 2);
      case 'duration':
        return numbers.value.duration(Number(value));
      case 'date':
        return numbers.value.date(String(value));
      case 'status':
        return statusOf(String(value));
      case 'text':
        return String(value);
      default:
        return column.kind satisfies never;
    }
  }

  return {
    nameOf,
    statusOf,
    toneOf,
    pathName,
    measureText,
    seriesText,
    columnText,
    cellText,
    measured,
    numbers: computed(() => numbers.value),
  };
}
