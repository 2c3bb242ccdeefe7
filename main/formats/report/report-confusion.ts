/** What the last evaluation of a run says of each class: the confusion matrix, recall and precision. */
import * as v from 'valibot';
import { html, type Markup } from './markup';
import { say, sayPercent } from './report-numbers';

const countSchema = v.pipe(v.number(), v.minValue(0));
const evaluationSchema = v.object({
  split: v.string(),
  epoch: v.nullable(v.number()),
  step: v.number(),
  count: v.number(),
  measures: v.record(v.string(), v.nullable(v.number())),
  classes: v.array(v.string()),
  confusion: v.array(v.array(countSchema)),
});

/** A matrix of more classes is not drawn: nobody could read it. */
const largestMatrix = 40;

/** Null where there is nothing that it could show. */
export function evaluationSection(evaluation: unknown): Markup | null {
  const parsed = v.safeParse(evaluationSchema, evaluation);
  if (!parsed.success) return null;
  const { split, step, count, measures, classes, confusion } = parsed.output;
  const nameOf = (index: number): string => classes[index] ?? String(index);
  const sums = confusion.map((row) => row.reduce((sum, cell) => sum + cell, 0));
  const predicted = confusion.map((_, column) => confusion.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const heading = html`<p>
    On the ${split} split, ${count.toLocaleString('en')} samples, at step ${step}:
    ${Object.entries(measures)
      .map(([measure, value]) => `${measure} ${say(value)}`)
      .join(', ')}.
  </p>`;
  if (confusion.length === 0) return heading;
  const matrix =
    confusion.length > largestMatrix
      ? []
      : [
          html`<h3>Confusion matrix</h3>
            <p>Rows are the true classes, columns the predicted ones.</p>
            <div class="scroll">
              <table class="confusion">
                <thead>
                  <tr>
                    <td></td>
                    ${confusion.map((_, index) => html`<th scope="col">${nameOf(index)}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${confusion.map(
                    (row, index) =>
                      html`<tr>
                        <th scope="row">${nameOf(index)}</th>
                        ${row.map((cell, column) => {
                          const share = cell / Math.max(1, sums[index] ?? 0);
                          return html`<td class="${column === index ? 'right' : 'wrong'}" style="--share:${share.toFixed(3)}">${cell}</td>`;
                        })}
                      </tr> `,
                  )}
                </tbody>
              </table>
            </div>`,
        ];
  const rows = confusion.map((row, index) => {
    const right = row[index] ?? 0;
    const [all, taken] = [sums[index] ?? 0, predicted[index] ?? 0];
    return html`<tr>
      <th scope="row">${nameOf(index)}</th>
      <td>${all}</td>
      <td>${right}</td>
      <td>${sayPercent(right / all)}</td>
      <td>${sayPercent(right / taken)}</td>
    </tr> `;
  });
  return html`${heading}${matrix}
    <h3>By class</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">samples</th>
            <th scope="col">right</th>
            <th scope="col">accuracy (recall)</th>
            <th scope="col">precision</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
