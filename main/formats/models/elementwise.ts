/**
 * Formulas of other graphs, each number by itself: gathered as trees while a graph is read, then said with as few layers as
 * can be. Which layer a tree of one variable is, is found by computing both at many places.
 */
import { functions } from '../../../compute/layers/expression-functions';
import { Refusal } from './imported-model';
import type { NetworkBuilder } from './network-builder';
import { alike, sameLayout, sampleAxes, shapeOfView, viewAs, type View } from './views';

export type Tree =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'leaf'; readonly view: View }
  /** A function of the layer Expression, or erf, which is known inside of GELU alone. */
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Tree[]; readonly hint: string }
  /** A layer that takes each number by itself. */
  | {
      readonly kind: 'layer';
      readonly layer: string;
      readonly parameters: Readonly<Record<string, number | boolean | string>>;
      readonly operand: Tree;
      readonly hint: string;
    };

/** Characters of a formula, and calls within calls: more is said with several layers. */
const LONGEST_FORMULA = 400;
const DEEPEST = 200;

export const leaf = (view: View): Tree => ({ kind: 'leaf', view });
export const number = (value: number): Tree => ({ kind: 'number', value });
export const call = (name: string, operands: readonly Tree[], hint = ''): Tree => ({ kind: 'call', name, operands, hint });

const operandsOf = (tree: Tree): readonly Tree[] => (tree.kind === 'call' ? tree.operands : tree.kind === 'layer' ? [tree.operand] : []);

export function depthOf(tree: Tree): number {
  return 1 + Math.max(0, ...operandsOf(tree).map(depthOf));
}

const sameLeaf = (a: View, b: View): boolean => a.node === b.node && alike(a, b);

export function leavesOf(tree: Tree, found: View[] = []): View[] {
  if (tree.kind === 'leaf') {
    if (!found.some((view) => sameLeaf(view, tree.view))) found.push(tree.view);
  } else for (const operand of operandsOf(tree)) leavesOf(operand, found);
  return found;
}

/** The error function by its series, to 1e-10 (beyond 4.5 it is ±1 to 2e-10). */
function erf(x: number): number {
  if (Math.abs(x) > 4.5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (-x * x * (2 * n - 1)) / (n * (2 * n + 1));
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** The tree's value where every leaf is x; null where it holds a layer. */
function valueAt(tree: Tree, x: number): number | null {
  if (tree.kind === 'number') return tree.value;
  if (tree.kind === 'leaf') return x;
  if (tree.kind === 'layer') return null;
  const values: number[] = [];
  for (const operand of tree.operands) {
    const value = valueAt(operand, x);
    if (value === null) return null;
    values.push(value);
  }
  if (tree.name === 'erf') return erf(values[0] ?? NaN);
  return functions.get(tree.name)?.value(...values) ?? null;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const tanhGelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Layers of one variable, by what they compute. */
const known: readonly (readonly [string, Readonly<Record<string, string | number>>, (x: number) => number])[] = [
  ['relu', {}, (x) => Math.max(0, x)],
  ['tanh', {}, Math.tanh],
  ['sigmoid', {}, sigmoid],
  ['silu', {}, (x) => x * sigmoid(x)],
  ['gelu', { approximation: 'none' }, (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))],
  ['gelu', { approximation: 'tanh' }, tanhGelu],
  ['softplus', {}, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  ['sign', {}, Math.sign],
];

const places = Array.from({ length: 241 }, (_, index) => (index - 120) / 20 + 0.0123);

/** Constants in files are rounded to 32 bits: a relative 6e-8 of each; GELU and its approximation differ by 5e-4. */
const CLOSE = 2e-6;

function recognise(tree: Tree): readonly [string, Readonly<Record<string, string | number>>] | null {
  const values = places.map((x) => valueAt(tree, x));
  const found = known.find(([, , compute]) =>
    values.every((value, index) => {
      const expected = compute(places[index] ?? 0);
      return value !== null && Math.abs(value - expected) <= CLOSE * Math.max(0.01, Math.abs(expected));
    }),
  );
  return found === undefined ? null : [found[0], found[1]];
}

/** Sigmoid and softplus of a multiple of x. */
function scaled(tree: Tree): readonly [string, Readonly<Record<string, number>>, Tree] | null {
  const multiple = (inner: Tree | undefined): readonly [number, Tree] | null => {
    if (inner?.kind !== 'call' || inner.name !== 'multiply') return null;
    const [a, b] = inner.operands;
    if (a?.kind === 'number' && b !== undefined) return [a.value, b];
    return b?.kind === 'number' && a !== undefined ? [b.value, a] : null;
  };
  if (tree.kind !== 'call') return null;
  if (tree.name === 'sigmoid') {
    const slope = multiple(tree.operands[0]);
    return slope === null || slope[0] < 0.01 || slope[0] > 100 ? null : ['sigmoid', { slope: slope[0] }, slope[1]];
  }
  const [inner, divisor] = tree.operands;
  if (tree.name === 'divide' && inner?.kind === 'call' && inner.name === 'softplus' && divisor?.kind === 'number') {
    const beta = multiple(inner.operands[0]);
    return beta !== null && beta[0] === divisor.value && beta[0] >= 0.01 && beta[0] <= 100
      ? ['softplus', { beta: beta[0] }, beta[1]]
      : null;
  }
  return null;
}

const ownLayers: ReadonlySet<string> = new Set(['relu', 'tanh', 'sigmoid', 'softplus', 'sign']);

const signs: ReadonlyMap<string, string> = new Map([
  ['add', '+'],
  ['subtract', '-'],
  ['multiply', '*'],
  ['divide', '/'],
  ['power', '^'],
]);

function formulaOf(tree: Tree, names: (view: View) => string): string {
  switch (tree.kind) {
    case 'number':
      return tree.value < 0 ? `(0 - ${String(-tree.value)})` : String(tree.value);
    case 'leaf':
      return names(tree.view);
    case 'layer':
      throw new TypeError('A layer stands in no formula.');
    case 'call': {
      const operands = tree.operands.map((operand) => formulaOf(operand, names));
      const sign = signs.get(tree.name);
      if (sign !== undefined) return `(${operands.join(` ${sign} `)})`;
      return tree.name === 'negate' ? `(0 - ${operands.join('')})` : `${tree.name}(${operands.join(', ')})`;
    }
    default:
      return tree satisfies never;
  }
}

/** Adds the layer with its inputs in a common layout. */
function addElementwise(
  builder: NetworkBuilder,
  kind: string,
  hint: string,
  parameters: Readonly<Record<string, string | number | boolean>>,
  views: readonly View[],
): View {
  const [first] = views;
  if (first === undefined) throw new Refusal('It computes nothing of the input.');
  if (views.every((view) => alike(view, first) && builder.sameShape(view.node, first.node)))
    return sameLayout(
      first,
      builder.add(
        kind,
        hint,
        parameters,
        views.map(({ node }) => node),
      ),
    );
  const batchAt = (view: View): string => view.axes.map((atoms) => atoms.some(({ batch }) => batch)).join();
  if (views.some((view) => batchAt(view) !== batchAt(first))) throw new Refusal('It would mix the samples of a batch.');
  const nodes = views.map((view) => builder.plain(view));
  const node = builder.add(kind, hint, parameters, nodes);
  return viewAs(first, node, builder.shapeOf(nodes[0] ?? first.node).length === sampleAxes(first).length ? shapeOfSample(first) : []);
}

const shapeOfSample = (view: View): number[] => sampleAxes(view).map((atoms) => atoms.reduce((size, one) => size * one.size, 1));

/** The terms of sums in sums, or the factors of products in products. */
const flat = (tree: Tree, name: string): readonly Tree[] =>
  tree.kind === 'call' && tree.name === name ? tree.operands.flatMap((operand) => flat(operand, name)) : [tree];

const withLeaves = (tree: Tree, build: (part: Tree) => Tree | null): Tree => {
  const replaced = build(tree);
  if (replaced !== null) return replaced;
  if (tree.kind === 'call') return { ...tree, operands: tree.operands.map((operand) => withLeaves(operand, build)) };
  return tree;
};

/** Which part of the file each tree came from. */
const authors = new WeakMap<Tree, object>();

/** The tree came from that part of the file, unless it is known to have come from another. */
export function sign(tree: Tree, author: object): void {
  if (!authors.has(tree)) authors.set(tree, author);
}

function authorsOf(tree: Tree, found = new Set<object>()): ReadonlySet<object> {
  const author = authors.get(tree);
  if (author !== undefined) found.add(author);
  for (const operand of operandsOf(tree)) authorsOf(operand, found);
  return found;
}

/** The layers that compute the tree, credited to the parts of the file that it came from. Throws a Refusal where there are none. */
export function materialise(builder: NetworkBuilder, tree: Tree): View {
  const before = builder.count();
  const view = layersOf(builder, tree);
  builder.credit(builder.idsSince(before), authorsOf(tree));
  return view;
}

function layersOf(builder: NetworkBuilder, tree: Tree): View {
  if (tree.kind === 'leaf') return tree.view;
  if (tree.kind === 'number') throw new Refusal('It computes nothing of the input.');
  if (tree.kind === 'layer') return addElementwise(builder, tree.layer, tree.hint, tree.parameters, [materialise(builder, tree.operand)]);
  if (depthOf(tree) > DEEPEST) return materialise(builder, { ...tree, operands: tree.operands.map((part) => asLeaf(builder, part)) });
  const leaves = leavesOf(tree);
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) {
    const layer = recognise(tree);
    if (layer !== null) return addElementwise(builder, layer[0], tree.hint, layer[1], [only]);
  }
  const multiple = scaled(tree);
  if (multiple !== null) return addElementwise(builder, multiple[0], tree.hint, multiple[1], [materialise(builder, multiple[2])]);
  const [first] = tree.operands;
  if (ownLayers.has(tree.name) && first !== undefined)
    return addElementwise(builder, tree.name, tree.hint, {}, [materialise(builder, first)]);
  if (tree.name === 'add' || tree.name === 'multiply') {
    const parts = flat(tree, tree.name);
    if (parts.every((part) => part.kind !== 'number' && leavesOf(part).length > 0))
      return addElementwise(
        builder,
        tree.name,
        tree.hint,
        {},
        parts.map((part) => materialise(builder, part)),
      );
  }
  return formulaLayer(builder, tree, leaves);
}

const asLeaf = (builder: NetworkBuilder, part: Tree): Tree =>
  part.kind === 'number' || part.kind === 'leaf' ? part : leaf(materialise(builder, part));

function formulaLayer(builder: NetworkBuilder, tree: Extract<Tree, { kind: 'call' }>, leaves: readonly View[]): View {
  // Layers in the middle, and GELU, become nodes of their own.
  const plain = withLeaves(tree, (part) => {
    if (part.kind === 'layer') return leaf(materialise(builder, part));
    if (part === tree || part.kind !== 'call' || !holdsErf(part)) return null;
    const inner = leavesOf(part);
    return inner.length === 1 && recognise(part) !== null ? leaf(materialise(builder, part)) : null;
  });
  if (holdsErf(plain)) throw new Refusal('Erf is known as a part of GELU alone.');
  const variables = leavesOf(plain);
  const names = ['x', 'y', 'z'];
  const text = formulaOf(plain, (view) => names[variables.findIndex((one) => sameLeaf(one, view))] ?? 'x').replace(
    /^\((.*)\)$/,
    (whole, inner: string) => (balanced(inner) ? inner : whole),
  );
  if (variables.length <= 3 && text.length <= LONGEST_FORMULA)
    return addElementwise(builder, 'expression', tree.hint, { formula: text }, variables);
  if (plain.kind !== 'call' || plain.operands.every((part) => part.kind === 'leaf' || part.kind === 'number'))
    throw new Refusal(`It computes with ${String(leaves.length)} values at once.`);
  return materialise(builder, { ...plain, operands: plain.operands.map((part) => asLeaf(builder, part)) });
}

const holdsErf = (tree: Tree): boolean => (tree.kind === 'call' && tree.name === 'erf') || operandsOf(tree).some(holdsErf);

function balanced(text: string): boolean {
  let depth = 0;
  for (const sign of text) {
    if (sign === '(') depth++;
    else if (sign === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

/** The shape of what the tree computes, the batch's axis among them. */
export function shapeOfTree(tree: Tree): number[] {
  const [view] = leavesOf(tree);
  return view === undefined ? [] : shapeOfView(view);
}
