/** A confusion matrix as a file: its picture with the colours of the screen, its counts as a table. */
import { useI18n } from 'vue-i18n';
import { drawingAs, type PictureKind } from '../../charts/chart-pictures';
import { useChartTheme } from '../../charts/chart-theme';
import { colourIndex, colourOf, sequential } from '../../charts/colour-maps';
import { matrixDrawing, type DrawnCell } from '../../charts/drawings';
import { useNumbers } from '../../language/numbers';

const span = { minimum: 0, maximum: 1 };

export function useConfusionPicture(
  confusion: () => readonly (readonly number[])[],
  classes: () => readonly string[],
): (kind: PictureKind) => Promise<Blob> {
  const { t } = useI18n();
  const { numbers } = useNumbers();
  const theme = useChartTheme();
  const cellsOf = (row: readonly number[]): readonly DrawnCell[] => {
    const total = row.reduce((sum, cell) => sum + cell, 0);
    return row.map((count) => {
      const strength = Math.sqrt(total === 0 ? 0 : count / total);
      return {
        fill: count === 0 ? null : colourOf(strength, span, sequential),
        ink: colourIndex(strength, span) > 140 ? '#000' : '#fff',
        text: count === 0 ? '' : numbers.value.compact(count),
      };
    });
  };
  return (kind) =>
    drawingAs(
      kind,
      () => matrixDrawing(classes(), confusion().map(cellsOf), t('train.results.axes'), theme.value),
      () => ({
        columns: [t('train.results.trueClass'), ...classes()],
        rows: confusion().map((row, label) => [classes()[label] ?? label, ...row]),
      }),
      theme.value.surface,
    );
}
