/** One measure over the steps of a run as an inline SVG with its axes, and every epoch's values as a table. */
import { findSeries, type MeasureSeries, type RunMeasures } from '../../contract/run-records';
import { html, type Markup } from './markup';
import { say } from './report-numbers';

const width = 760;
const height = 260;
const margin = { left: 56, right: 12, top: 10, bottom: 34 };
/** Points of one line at most. */
const limit = 1000;

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** About `count` round numbers within a range: steps of 1, 2 or 5 times a power of ten. */
function ticksOf({ minimum, maximum }: Range, count: number): readonly number[] {
  const rough = (maximum - minimum) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let index = Math.ceil(minimum / step); index * step <= maximum * (1 + 1e-12); index++) ticks.push(index * step);
  return ticks;
}

function rangeOf(all: readonly MeasureSeries[]): Range | null {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (const { values } of all)
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  if (minimum > maximum) return null;
  const reach = maximum - minimum || Math.abs(maximum) || 1;
  return { minimum: minimum - 0.04 * reach, maximum: maximum + 0.04 * reach };
}

/** Every n-th point, so that no line has more than `limit`; the last always. */
const thinned = (length: number): readonly number[] => {
  const stride = Math.max(1, Math.ceil(length / limit));
  return Array.from({ length }, (_, index) => index).filter((index) => index % stride === 0 || index === length - 1);
};

const looks = {
  batch: { label: 'each batch', css: 'batch' },
  training: { label: 'training', css: 'training' },
  validation: { label: 'validation', css: 'validation' },
} as const;

/** The chart of a measure; null where no finite number was measured. */
export function curveFigure(measures: RunMeasures, measure: string): Markup | null {
  const found = (['batch', 'training', 'validation'] as const).flatMap((of) => findSeries(measures, of, measure) ?? []);
  const range = rangeOf(found);
  if (range === null) return null;
  const lastStep = Math.max(1, ...found.map(({ steps }) => steps.at(-1) ?? 0));
  const x = (step: number): number => margin.left + ((width - margin.left - margin.right) * step) / lastStep;
  const y = (value: number): number =>
    height - margin.bottom - ((height - margin.top - margin.bottom) * (value - range.minimum)) / (range.maximum - range.minimum);
  const at = (step: number, value: number): string => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
  const lines = found.map(({ of, steps, values }) => {
    const points = thinned(steps.length).filter((index) => Number.isFinite(values[index]));
    const path = points.map((index, number) => `${number === 0 ? 'M' : 'L'}${at(steps[index] ?? 0, values[index] ?? 0)}`).join('');
    const dots =
      of === 'batch'
        ? []
        : points.map((index) => {
            const [cx, cy] = [x(steps[index] ?? 0).toFixed(1), y(values[index] ?? 0).toFixed(1)];
            return html`<circle class="${looks[of].css}" cx="${cx}" cy="${cy}" r="3"
              ><title>${looks[of].label}, step ${steps[index] ?? 0}: ${say(values[index])}</title></circle
            >`;
          });
    return html`<path class="${looks[of].css}" d="${path}" />${dots}`;
  });
  const grid = ticksOf(range, 5).map(
    (tick) =>
      html`<path class="grid" d="M${margin.left} ${y(tick).toFixed(1)}H${width - margin.right}" /><text
          x="${margin.left - 6}"
          y="${(y(tick) + 4).toFixed(1)}"
          text-anchor="end"
          >${say(tick)}</text
        >`,
  );
  const steps = ticksOf({ minimum: 0, maximum: lastStep }, 6).map(
    (tick) => html`<text x="${x(tick).toFixed(1)}" y="${height - margin.bottom + 16}" text-anchor="middle">${say(tick)}</text>`,
  );
  const legend = found.map(({ of }) => html`<span class="key ${looks[of].css}">${looks[of].label}</span> `);
  return html`<figure>
    <figcaption><b>${measure}</b> ${legend}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${measure} over steps">
      ${grid}${steps}
      <text x="${width - margin.right}" y="${height - 4}" text-anchor="end">step</text>
      ${lines}
    </svg>
  </figure>`;
}

/** What each epoch's end measured. */
export function epochTable(measures: RunMeasures): Markup | null {
  const columns = measures.series.filter(({ of }) => of !== 'batch');
  if (measures.epochs.length === 0 || columns.length === 0) return null;
  const maps = columns.map(({ steps, values }) => new Map(steps.map((step, index) => [step, values[index]])));
  const head = columns.map(({ of, measure }) => html`<th scope="col">${looks[of].label} ${measure}</th>`);
  const rows = measures.epochs.map(
    ({ epoch, step }) =>
      html`<tr>
        <th scope="row">${epoch}</th>
        <td>${step}</td>
        ${maps.map((map) => html`<td>${say(map.get(step))}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">epoch</th>
          <th scope="col">step</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
