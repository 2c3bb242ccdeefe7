/**
 * A run as one HTML file that stands for itself: no script, nothing loaded, every text escaped. What it was trained with,
 * on what, what came out, and the network.
 */
import * as v from 'valibot';
import { modelDocumentSchema } from '../../../compute/graph/model-document';
import { flattenSettings } from '../../../compute/graph/settings-paths';
import { measuresOf, type RunMeasures } from '../../contract/run-records';
import { html, type Markup } from './markup';
import { evaluationSection } from './report-confusion';
import { curveFigure, epochTable } from './report-curves';
import { graphFigure, layerTable } from './report-graph';
import { say, sayDuration } from './report-numbers';
import { reportStyle } from './report-style';

export interface ReportedRun {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly status: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly dataset: string;
  readonly settings: unknown;
  readonly document: unknown;
  readonly device: unknown;
  readonly versions: Readonly<Record<string, string>>;
  readonly parent: { readonly run: string; readonly step: number } | null;
  readonly metrics: readonly unknown[];
  readonly evaluation: unknown;
}

const table = (rows: readonly (readonly [string, string])[]): Markup =>
  html`<div class="scroll">
    <table class="facts">
      <tbody>
        ${rows.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td class="text">${value}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;

const section = (heading: string, content: Markup | null): Markup =>
  content === null
    ? html``
    : html`<section>
        <h2>${heading}</h2>
        ${content}
      </section> `;

function results({ series }: RunMeasures): Markup | null {
  const found = series.filter(({ of }) => of !== 'batch');
  if (found.length === 0) return null;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">measure</th>
          <th scope="col">last</th>
          <th scope="col">smallest</th>
          <th scope="col">largest</th>
        </tr>
      </thead>
      <tbody>
        ${found.map(({ of, measure, values }) => {
          const finite = values.filter((value) => Number.isFinite(value));
          const smallest = finite.length === 0 ? null : finite.reduce((a, b) => Math.min(a, b));
          const largest = finite.length === 0 ? null : finite.reduce((a, b) => Math.max(a, b));
          return html`<tr>
            <th scope="row">${of} ${measure}</th>
            <td>${say(values.at(-1))}</td>
            <td>${say(smallest)}</td>
            <td>${say(largest)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** The whole file. */
export function writeRunReport(run: ReportedRun): string {
  const measures = measuresOf(run.metrics);
  const document = v.safeParse(modelDocumentSchema, run.document);
  const title = run.name === '' ? `Run ${run.id}` : run.name;
  const seconds = Math.max(
    0,
    ...measures.series.map(({ seconds: passed }) => passed.at(-1) ?? NaN).filter((value) => Number.isFinite(value)),
  );
  const facts: readonly (readonly [string, string])[] = [
    ['run', run.id],
    ['status', run.status],
    ['started', run.startedAt],
    ...(run.finishedAt === null ? [] : [['ended', run.finishedAt] as const]),
    ...(seconds > 0 ? [['trained for', sayDuration(seconds)] as const] : []),
    ['data set', run.dataset],
    ...(run.tags.length === 0 ? [] : [['tags', run.tags.join(', ')] as const]),
    ...(run.parent === null ? [] : [['branched off', `run ${run.parent.run} at step ${String(run.parent.step)}`] as const]),
  ];
  const names = [...new Set(measures.series.map(({ measure }) => measure))];
  const figures = names.flatMap((measure) => curveFigure(measures, measure) ?? []);
  const epochs = epochTable(measures);
  const curves =
    figures.length === 0
      ? null
      : html`${figures}${
          epochs === null
            ? ''
            : html`<details>
                <summary>Every epoch</summary>
                ${epochs}
              </details>`
        }`;
  const network = document.success ? html`${graphFigure(document.output)}${layerTable(document.output)}` : null;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${{ markup: reportStyle }}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${run.notes === '' ? '' : html`<p class="notes">${run.notes}</p>`} ${table(facts)}
          ${section('Results', results(measures))}${section('Curves', curves)}${section('Evaluation', evaluationSection(run.evaluation))}${section('Settings', table(flattenSettings(run.settings)))}${section('Network', network)}${section('Environment', table([...flattenSettings(run.device).map(([name, value]) => [`device.${name}`, value] as const), ...Object.entries(run.versions)]))}
          <footer>Written by Hebb.</footer>
        </main>
      </body>
    </html> `.markup;
}
