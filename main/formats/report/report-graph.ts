/** A network as an SVG, top to bottom: each node as deep as its longest path from an input, without crossings where an order of rows avoids them. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import { analyseNetwork } from '../../../compute/layers/network';
import { layers } from '../../../compute/layers/registry';
import { html, type Markup } from './markup';

const nodeWidth = 184;
const nodeHeight = 38;
const gapX = 20;
const gapY = 22;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Rows of node ids by depth, each ordered by the mean place of what leads to it (Sugiyama, Tagawa and Toda 1981). */
function rowsOf({ nodes, edges }: Pick<ModelDocument, 'nodes' | 'edges'>, order: readonly string[]): readonly (readonly string[])[] {
  const before = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) before.get(to)?.push(from);
  const depths = new Map<string, number>();
  const ordered = order.length === nodes.length ? order : nodes.map(({ id }) => id);
  for (const id of ordered) depths.set(id, Math.max(-1, ...(before.get(id) ?? []).map((from) => depths.get(from) ?? -1)) + 1);
  const rows: string[][] = [];
  for (const id of ordered) (rows[depths.get(id) ?? 0] ??= []).push(id);
  const places = new Map<string, number>();
  for (const row of rows) {
    const wish = (id: string): number => {
      const known = (before.get(id) ?? []).flatMap((from) => places.get(from) ?? []);
      return known.length === 0 ? 0 : known.reduce((sum, place) => sum + place, 0) / known.length;
    };
    row.sort((a, b) => wish(a) - wish(b));
    row.forEach((id, index) => places.set(id, index - (row.length - 1) / 2));
  }
  return rows;
}

export function graphFigure(document: ModelDocument): Markup {
  const analysis = analyseNetwork(document);
  const rows = rowsOf(document, analysis.order);
  const widest = Math.max(1, ...rows.map(({ length }) => length));
  const width = widest * (nodeWidth + gapX) + gapX;
  const height = rows.length * (nodeHeight + gapY) + gapY;
  const places = new Map<string, Place>();
  rows.forEach((row, depth) => {
    row.forEach((id, index) => {
      const x = width / 2 + (index - (row.length - 1) / 2) * (nodeWidth + gapX);
      places.set(id, { x, y: gapY + depth * (nodeHeight + gapY) });
    });
  });
  const edges = document.edges.flatMap(({ from, to }) => {
    const [start, end] = [places.get(from), places.get(to)];
    if (!start || !end) return [];
    const [top, bottom] = [start.y + nodeHeight, end.y];
    const bend = Math.max(14, (bottom - top) / 2);
    return html`<path class="edge" d="M${start.x} ${top}C${start.x} ${top + bend} ${end.x} ${bottom - bend} ${end.x} ${bottom}" />`;
  });
  const nodes = document.nodes.map((node) => {
    const { x, y } = places.get(node.id) ?? { x: 0, y: 0 };
    const shape = analysis.nodes.get(node.id)?.outputShape ?? null;
    const label = layers.get(node.kind)?.label ?? node.kind;
    return html`<g transform="translate(${x - nodeWidth / 2} ${y})"
      ><title>${node.id}: ${label}</title><rect class="node" width="${nodeWidth}" height="${nodeHeight}" rx="4" /><text
        x="10"
        y="16"
        class="strong"
        >${node.id}</text
      ><text x="10" y="31">${label}</text
      ><text x="${nodeWidth - 10}" y="31" text-anchor="end">${shape === null ? '' : shape.join('×')}</text></g
    >`;
  });
  return html`<div class="scroll">
    <svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The network">
      ${edges}${nodes}
    </svg>
  </div>`;
}

/** Its layers with their shapes and counts. */
export function layerTable(document: ModelDocument): Markup {
  const analysis = analyseNetwork(document);
  const rows = document.nodes.map((node) => {
    const found = analysis.nodes.get(node.id);
    const parameters = Object.entries(node.parameters).map(
      ([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return html`<tr>
      <th scope="row">${node.id}</th>
      <td class="text">${node.kind}${node.frozen === true ? ' (frozen)' : ''}</td>
      <td>${found?.outputShape?.join('×') ?? '–'}</td>
      <td>${(found?.parameterCount ?? 0).toLocaleString('en')}</td>
      <td class="text">${parameters.join(', ')}</td>
    </tr> `;
  });
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col" class="text">layer</th>
            <th scope="col">output</th>
            <th scope="col">weights</th>
            <th scope="col" class="text">parameters</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p>${analysis.parameterCount.toLocaleString('en')} weights in all.</p>`;
}
