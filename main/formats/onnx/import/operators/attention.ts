/** Attention, which other software writes as products of projections: gathered into one layer. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import type { Tree } from '../../../models/elementwise';
import { Refusal } from '../../../models/imported-model';
import type { NetworkBuilder, WeightData } from '../../../models/network-builder';
import { type Atom, type View } from '../../../models/views';
import type { NodeContext } from '../node-context';
import { tensor, type HeadsValue, type Projection, type ScoresValue, type Value } from '../values';
import { axisOfAtom } from './along-axis';

/** A value and the number that it was multiplied by. */
function unscaled(context: NodeContext, input: number): { readonly view: View; readonly scale: number } {
  const value: Value = context.value(input);
  if (value.kind === 'formula' && value.tree.kind === 'call') {
    const { name, operands } = value.tree;
    const [a, b] = operands as readonly [Tree?, Tree?];
    if ((name === 'multiply' || name === 'divide') && a?.kind === 'leaf' && b?.kind === 'number')
      return { view: a.view, scale: name === 'multiply' ? b.value : 1 / b.value };
    if (name === 'multiply' && a?.kind === 'number' && b?.kind === 'leaf') return { view: b.view, scale: a.value };
  }
  return { view: context.view(input), scale: 1 };
}

/** What a node computes as a dense layer of its source: it is one, or a slice of one's features. */
function projectionOf(builder: NetworkBuilder, node: string): Projection | null {
  const [input] = builder.inputsOf(node);
  if (input === undefined) return null;
  if (builder.kindOf(node) === 'slice') {
    const whole = projectionOf(builder, input);
    const shape = builder.shapeOf(input);
    const { axis, start, length } = builder.parametersOf(node);
    if (whole === null || axis !== shape.length - 1 || typeof start !== 'number' || typeof length !== 'number') return null;
    const width = whole.weight.length / (shape.at(-1) ?? 1);
    return {
      source: whole.source,
      weight: whole.weight.subarray(start * width, (start + length) * width),
      bias: whole.bias.subarray(start, start + length),
    };
  }
  const weight = builder.weightOf(node, 'weight');
  if (builder.kindOf(node) !== 'dense' || weight === undefined) return null;
  return { source: input, weight, bias: builder.weightOf(node, 'bias') ?? new Float32Array(builder.shapeOf(node).at(-1) ?? 1) };
}

export const NO_ATTENTION = 'A product of two computed values is known as a part of attention alone';

/** Heads, steps and features of a head in a view [.., heads, .., steps, features] of [steps, heads · features]. */
function headsOf(
  builder: NetworkBuilder,
  view: View,
  steps: readonly Atom[],
  features: readonly Atom[],
  lead: readonly (readonly Atom[])[],
) {
  const shape = builder.shapeOf(view.node);
  const heads = lead.flat().filter(({ batch }) => !batch);
  const [head, more] = heads;
  const [feature, another] = features;
  if (shape.length !== 2 || more !== undefined || another !== undefined || steps.some(({ batch }) => batch)) return null;
  const count = head?.size ?? 1;
  const width = feature?.size ?? 1;
  /** Where an atom of that many neighbours must stand; axes of one have none. */
  const stands = (atom: Atom | undefined, inner: number): boolean => {
    const place = atom === undefined ? null : axisOfAtom(view, shape, atom);
    return atom === undefined || (place?.axis === 1 && place.inner === inner);
  };
  const rows = sizeOf(steps.map(({ size }) => size));
  const right = stands(feature, 1) && stands(head, width) && count * width === shape[1] && rows === shape[0];
  return right ? { count, features: width, rows } : null;
}

/** The product of queries and keys, until it is known to be part of an attention. */
export function scoresOf(context: NodeContext): ScoresValue {
  const query = unscaled(context, 0);
  const key = unscaled(context, 1);
  const scale = query.scale * key.scale;
  return { kind: 'scores', query: query.view, key: key.view, scale, causal: false, shares: false, form: null };
}

const otherSize = (): Refusal => new Refusal(`${NO_ATTENTION}, whose parts have as many features as its input.`);

/** softmax(q·kᵀ/√d)·v of three projections: one layer, or one head of several that are put together later. */
export function attend(context: NodeContext, scores: ScoresValue, value: View): Value {
  const { builder } = context;
  const { query, key, scale } = scores;
  if (!scores.shares) throw new Refusal(`${NO_ATTENTION}; there is no Softmax between these.`);
  const [q, k, v] = [query, key, value].map((view) => projectionOf(builder, view.node));
  const heads = [
    headsOf(builder, query, query.axes.at(-2) ?? [], query.axes.at(-1) ?? [], query.axes.slice(0, -2)),
    headsOf(builder, key, key.axes.at(-1) ?? [], key.axes.at(-2) ?? [], key.axes.slice(0, -2)),
    headsOf(builder, value, value.axes.at(-2) ?? [], value.axes.at(-1) ?? [], value.axes.slice(0, -2)),
  ];
  const [first, second, third] = heads;
  if (q === undefined || q === null || k === undefined || k === null || v === undefined || v === null)
    throw new Refusal(`${NO_ATTENTION}, whose queries, keys and values come straight from dense layers.`);
  if (first === undefined || first === null || second === undefined || second === null || third === undefined || third === null)
    throw new Refusal(`${NO_ATTENTION}, whose heads lie side by side in the features.`);
  const same = [second, third].every((one) => one.count === first.count && one.features === first.features) && second.rows === third.rows;
  if (!same || k.source !== v.source) throw otherSize();
  // The layer divides by √d; another scale goes into the queries.
  const factor = scale * Math.sqrt(first.features);
  const scaled = (numbers: WeightData): WeightData => (Math.abs(factor - 1) < 1e-6 ? numbers : numbers.map((one) => one * factor));
  const parts = [[{ ...q, weight: scaled(q.weight), bias: scaled(q.bias) }, k, v]] as const;
  const made: HeadsValue = { kind: 'heads', parts, causal: scores.causal, query, features: first.features };
  const total = first.count * first.features;
  const inputs = builder.shapeOf(q.source).at(-1) ?? 1;
  if (total === inputs) return tensor(attention(context, made, first.count));
  // Heads that were projected one by one come together in a Concat.
  if (first.count > 1 || total > inputs) throw otherSize();
  return made;
}

/** Heads of one attention side by side: the layer, where they are all of them. Throws a Refusal for others. */
export function joinedHeads(context: NodeContext, heads: readonly HeadsValue[]): Value {
  const [first] = heads;
  if (first === undefined) throw new Refusal(`${NO_ATTENTION}.`);
  const sources = ({ parts }: HeadsValue): string => parts.map((part) => part.map(({ source }) => source).join()).join(';');
  const alike = heads.every((one) => one.causal === first.causal && one.features === first.features && sources(one) === sources(first));
  if (!alike) throw new Refusal(`${NO_ATTENTION}, whose heads are of one size and look at one sequence.`);
  const made: HeadsValue = { ...first, parts: heads.flatMap(({ parts }) => parts) };
  const inputs = context.builder.shapeOf(first.parts[0]?.[0].source ?? '').at(-1) ?? 1;
  const total = made.parts.length * made.features;
  if (total > inputs) throw otherSize();
  return total < inputs ? made : tensor(attention(context, made, made.parts.length));
}

function joined(parts: readonly WeightData[]): WeightData {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

/** The layer; the product behind it may follow, and is the unit matrix until then. */
function attention(context: NodeContext, { parts, causal, query, features }: HeadsValue, heads: number): View {
  const { builder, state } = context;
  const total = heads * features;
  const [q, k] = parts[0] ?? [];
  const unit = new Float32Array(total * total);
  for (let row = 0; row < total; row++) unit[row * (total + 1)] = 1;
  const all = (of: 'weight' | 'bias'): WeightData => joined(([0, 1, 2] as const).flatMap((role) => parts.map((part) => part[role][of])));
  const [source = '', memory = ''] = [q?.source, k?.source];
  const node = builder.add('multi-head-attention', context.hint, { heads, causal }, source === memory ? [source] : [source, memory], {
    in_proj_weight: all('weight'),
    in_proj_bias: all('bias'),
    'out_proj.weight': unit,
    'out_proj.bias': new Float32Array(total),
  });
  state.openAttentions.add(node);
  const steps: Atom = { size: sizeOf((query.axes.at(-2) ?? []).map(({ size }) => size)), batch: false };
  const split = query.axes
    .slice(0, -2)
    .flat()
    .some(({ batch }) => !batch);
  const head: Atom = { size: split ? heads : 1, batch: false };
  const feature: Atom = { size: split ? features : total, batch: false };
  const lead = query.axes.slice(0, -2).map((atoms) => atoms.map((atom) => (atom.batch ? atom : head)));
  const kept = (atom: Atom): Atom[] => (atom.size === 1 ? [] : [atom]);
  return { node, base: [steps, head, feature], axes: [...lead, kept(steps), kept(feature)] };
}

/** The product behind an attention, which belongs to the layer. */
export function closeAttention(context: NodeContext, view: View, weight: WeightData, units: number, bias: WeightData | null): View | null {
  const { builder, state } = context;
  const { node } = view;
  const [steps = 1, features = 1] = builder.shapeOf(node);
  if (!state.openAttentions.has(node) || builder.usesOf(node) > 0 || units !== features) return null;
  const inner = view.base.filter(({ size }) => size !== 1);
  const last = (view.axes.at(-1) ?? []).filter(({ size }) => size !== 1);
  const rows = sizeOf(inner.slice(0, inner.length - last.length).map(({ size }) => size));
  if (rows !== steps || !last.every((atom, index) => atom === inner[inner.length - last.length + index])) return null;
  state.openAttentions.delete(node);
  builder.amend(node, {}, { 'out_proj.weight': weight, 'out_proj.bias': bias ?? new Float32Array(units) });
  const whole: Atom = { size: units, batch: false };
  return {
    node,
    base: [...inner.slice(0, inner.length - last.length), whole],
    axes: [...view.axes.slice(0, -1), units === 1 ? [] : [whole]],
  };
}
