/** Operators that take each number by itself, gathered as formulas. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { call, depthOf, leaf, materialise, number, type Tree } from '../../../models/elementwise';
import { Refusal } from '../../../models/imported-model';
import { sampleAxisOf, shapeOfView, unsqueezeView, viewAs, type View } from '../../../models/views';
import { broadcastShape, expanded, type Constant } from '../constants';
import { alongOneAxis, scalarOf, viewOf, weightNumbers, type NodeContext } from '../node-context';
import { shapeOfScores, tensor, type ScoresValue, type Value } from '../values';
import { operator, type OperatorTable } from './operator';
import { addConstant, checkExpansion, multiplyConstant } from './constants-in-layers';

const DEEPEST_FORMULA = 60;

/** Gives a formula; one that grows long becomes a layer. */
export function giveTree(context: NodeContext, tree: Tree): void {
  if (depthOf(tree) > DEEPEST_FORMULA) context.give(tensor(materialise(context.builder, tree)));
  else context.give({ kind: 'formula', tree });
}

const unary = (name: string, becomes: string) =>
  operator(becomes, '', (context) => {
    giveTree(context, call(name, [context.tree(0)], context.hint));
  });

const formula = (becomes: string, build: (x: Tree, context: NodeContext) => Tree, conditions = '') =>
  operator(becomes, conditions, (context) => {
    giveTree(context, build(context.tree(0), context));
  });

const layerOf = (layer: string, becomes: string, parameters: (context: NodeContext) => Readonly<Record<string, number>>) =>
  operator(becomes, '', (context) => {
    giveTree(context, { kind: 'layer', layer, parameters: parameters(context), operand: context.tree(0), hint: context.hint });
  });

const plus = (a: Tree, b: Tree): Tree => call('add', [a, b]);
const times = (a: Tree, b: Tree): Tree => call('multiply', [a, b]);
const atLeast = (x: Tree, low: number): Tree => call('max', [x, number(low)]);
const atMost = (x: Tree, high: number): Tree => call('min', [x, number(high)]);

/** γ·max(0, x) + γ·min(0, α·(eˣ − 1)), of which Selu and Celu are cases. */
const exponentialUnit = (x: Tree, alpha: number, gamma: number, slope: number, hint: string): Tree => {
  const below = atMost(times(number(alpha), call('subtract', [call('exp', [slope === 1 ? x : times(number(slope), x)]), number(1)])), 0);
  const sum = plus(atLeast(x, 0), below);
  return gamma === 1 ? { ...(sum as Extract<Tree, { kind: 'call' }>), hint } : call('multiply', [number(gamma), sum], hint);
};

/** Values of one shape: one that has a single number for each channel of an image is repeated over it. */
function evened(context: NodeContext, inputs: readonly number[]): Tree[] {
  const shapes = inputs.map((input) => context.shape(input));
  const target = shapes.reduce((a, b) => broadcastShape(a, b), []);
  return inputs.map((input, index) => {
    const shape = shapes[index] ?? [];
    if (shape.length === target.length && shape.every((size, axis) => size === target[axis])) return context.tree(input);
    if (sizeOf(shape) === sizeOf(target))
      return leaf(unsqueezeView(context.view(input), new Set(target.slice(shape.length).map((_, axis) => axis))));
    return leaf(repeated(context, context.view(input), shape, target));
  });
}

function repeated(context: NodeContext, view: View, shape: readonly number[], target: readonly number[]): View {
  const { builder } = context;
  const wide = unsqueezeView(view, new Set(Array.from({ length: target.length - shape.length }, (_, axis) => axis)));
  const sizes = shapeOfView(wide);
  const grown = target.flatMap((size, axis) => (sizes[axis] === size ? [] : [axis]));
  if (grown.some((axis) => sampleAxisOf(wide, axis) === null && wide.axes[axis]?.some(({ batch }) => batch) === true))
    throw new Refusal('It would mix the samples of a batch.');
  const kept = wide.axes.flatMap((_, axis) => (grown.includes(axis) ? [] : [axis])).filter((axis) => sampleAxisOf(wide, axis) !== null);
  const factors = grown.map((axis) => target[axis] ?? 1);
  const [height = 1, width = 1] = factors;
  if (factors.length > 2 || height > 64 || width > 64) throw new Refusal('It repeats one computed value to the shape of another.');
  const image = builder.laidOut(wide, [kept.flatMap((axis) => (wide.axes[axis] ?? []).filter(({ batch }) => !batch)), [], []]);
  const node = builder.add('upsample', `${context.hint}_repeat`, { scale: [height, width], mode: 'nearest' }, [image]);
  const first = viewAs(
    { ...wide, axes: kept.map((axis) => wide.axes[axis] ?? []) },
    node,
    kept.map((axis) => sizes[axis] ?? 1),
  );
  const added = factors.map((size) => ({ size, batch: false }));
  return {
    node,
    base: [...first.base, ...added],
    axes: wide.axes.map((atoms, axis) => {
      const grownAt = grown.indexOf(axis);
      if (grownAt !== -1) return [added[grownAt] ?? { size: 1, batch: false }];
      const keptAt = kept.indexOf(axis);
      return keptAt === -1 ? atoms : (first.axes[keptAt] ?? []);
    }),
  };
}

type Combine = (a: Tree, b: Tree) => Tree;

/** Two operands at a time. `scalar` is how a computed value and one number go together. */
function combine(context: NodeContext, name: string, scalar: Combine): void {
  const count = context.node.inputs.length;
  const constants = Array.from({ length: count }, (_, input) => context.isConstant(input));
  const computed = constants.flatMap((constant, input) => (constant ? [] : [input]));
  let tree: Tree | null = null;
  if (computed.length === count) tree = evened(context, computed).reduce(scalar);
  else if (count === 2) {
    const [input = 0] = computed;
    const constant = context.constant(1 - input);
    const value = scalarOf(constant);
    const first = input === 0;
    if (constant.ofBatch) throw new Refusal('It computes with the size of the batch.');
    const neutral = name === 'add' || name === 'subtract' ? 0 : name === 'multiply' || name === 'divide' ? 1 : null;
    if (value !== null && constant.shape.length <= context.shape(input).length) {
      if (value === neutral && (first || name === 'add' || name === 'multiply')) {
        context.give(context.value(input));
        return;
      }
      const operands = first ? ([context.tree(input), number(value)] as const) : ([number(value), context.tree(input)] as const);
      tree = scalar(...operands);
    } else {
      context.give(tensor(withConstant(context, name, context.view(input), constant, first)));
      return;
    }
  }
  if (tree === null) {
    // Several inputs, constants among them: numbers join the formula, one after another.
    const parts = constants.map((constant, input): Tree => {
      if (!constant) return context.tree(input);
      const value = scalarOf(context.constant(input));
      if (value === null) throw new Refusal('Several values with a constant of more than one number.');
      return number(value);
    });
    tree = parts.reduce(scalar);
  }
  giveTree(context, tree.kind === 'call' ? { ...tree, hint: context.hint } : tree);
}

function withConstant(context: NodeContext, name: string, view: View, constant: Constant, valueFirst: boolean): View {
  const inverse = { ...constant, data: constant.data.map((value) => 1 / value) };
  const opposite = { ...constant, data: constant.data.map((value) => -value) };
  if (name === 'add') return addConstant(context, view, constant);
  if (name === 'multiply') return multiplyConstant(context, view, constant);
  if (name === 'subtract' && valueFirst) return addConstant(context, view, opposite);
  if (name === 'subtract') return addConstant(context, materialise(context.builder, call('negate', [leaf(view)])), constant);
  if (name === 'divide' && valueFirst && constant.data.every((value) => value !== 0)) return multiplyConstant(context, view, inverse);
  if (name === 'divide') return multiplyConstant(context, materialise(context.builder, call('divide', [number(1), leaf(view)])), constant);
  throw new Refusal(`A formula with a constant of ${String(constant.data.length)} numbers.`);
}

const joined =
  (name: string): Combine =>
  (a, b) =>
    call(name, [a, b]);

/** Scores and norms in the making take a scale, a mask or an epsilon. */
function patternStep(context: NodeContext, name: 'add' | 'multiply' | 'divide' | 'subtract'): boolean {
  if (context.node.inputs.length !== 2) return false;
  const values: readonly Value[] = [context.value(0), context.value(1)];
  const at = values.findIndex(({ kind }) => kind === 'scores' || kind === 'norm');
  const value = values[at];
  const other = values[1 - at];
  if (value === undefined || other === undefined) return centredStep(context, name, values);
  if (value.kind === 'scores' && other.kind === 'constant') {
    const scale = scalarOf(other);
    if (name === 'multiply' && scale !== null) context.give({ ...value, scale: value.scale * scale });
    else if (name === 'divide' && at === 0 && scale !== null) context.give({ ...value, scale: value.scale / scale });
    else if (name === 'add' && !value.shares)
      context.give({ ...value, causal: maskOf(maskFor(other, value), shapeOfScores(value)) || value.causal });
    else return false;
    return true;
  }
  if (value.kind === 'norm' && value.part === 'variance' && name === 'add' && other.kind === 'constant') {
    const epsilon = scalarOf(other);
    if (epsilon === null || epsilon <= 0) return false;
    context.give({ ...value, part: 'stable', epsilon });
    return true;
  }
  return centredStep(context, name, values);
}

function centredStep(context: NodeContext, name: string, [a, b]: readonly Value[]): boolean {
  if (a === undefined || b === undefined) return false;
  if (name === 'subtract' && b.kind === 'norm' && b.part === 'mean' && (a.kind === 'tensor' || a.kind === 'formula')) {
    const view = viewOf(context.builder, a);
    if (view.node !== b.view.node) return false;
    context.give({ kind: 'norm', part: 'centred', view: b.view, epsilon: 0 });
    return true;
  }
  if (a.kind !== 'norm' || b.kind !== 'norm' || a.part !== 'centred' || a.view.node !== b.view.node) return false;
  if (name === 'multiply' && b.part === 'centred') context.give({ kind: 'norm', part: 'squares', view: a.view, epsilon: 0 });
  else if (name === 'divide' && b.part === 'deviation') {
    const node = context.builder.add('layer-norm', context.hint, { over: 'last', epsilon: b.epsilon, affine: false }, [
      context.builder.plain(a.view),
    ]);
    context.give(tensor(viewAs(a.view, node, context.builder.shapeOf(node))));
  } else return false;
  return true;
}

/** A constant for scores in another form as one for those in their own. */
function maskFor(mask: Constant, scores: ScoresValue): Constant {
  const { form } = scores;
  if (form === null) return mask;
  const [, ...own] = shapeOfScores(scores);
  const [, ...other] = form;
  if (mask.shape.length > other.length) throw new Refusal('Its mask differs between samples.');
  return { ...expanded({ ...mask, shape: [...other.slice(mask.shape.length).map(() => 1), ...mask.shape] }, other), shape: own };
}

/** Whether a mask hides what comes later; one that hides anything else is refused. */
function maskOf(mask: Constant, shape: readonly number[]): boolean {
  if (mask.data.every((value) => value === 0)) return false;
  const [rows = 1, columns = 1] = shape.slice(-2);
  const whole = expanded({ ...mask, shape: [...shape.slice(mask.shape.length).map(() => 1), ...mask.shape] }, [
    ...mask.shape.slice(0, -2),
    rows,
    columns,
  ]);
  const causal = whole.data.every((value, index) => {
    const later = index % columns > (Math.floor(index / columns) % rows) + columns - rows;
    return later ? value <= -1e4 : value === 0;
  });
  if (!causal) throw new Refusal('Its mask hides other steps than the later ones.');
  return true;
}

const arithmetic = (name: 'add' | 'multiply' | 'divide' | 'subtract', becomes: string, conditions: string) =>
  operator(becomes, conditions, (context) => {
    if (!patternStep(context, name)) combine(context, name, joined(name));
  });

const many = (name: string, becomes: string) =>
  operator(becomes, 'Inputs of one shape, or numbers.', (context) => {
    combine(context, name, joined(name));
  });

export const elementwiseOperators: OperatorTable = {
  Relu: unary('relu', 'ReLU'),
  Tanh: unary('tanh', 'Tanh'),
  Sigmoid: unary('sigmoid', 'Sigmoid; SiLU where it multiplies its input'),
  Softplus: unary('softplus', 'Softplus'),
  Sign: unary('sign', 'Sign'),
  Exp: unary('exp', 'Expression'),
  Log: unary('log', 'Expression'),
  Sqrt: operator('Expression; part of Layer norm', '', (context) => {
    const value = context.value(0);
    if (value.kind === 'norm' && value.part === 'stable') context.give({ ...value, part: 'deviation' });
    else giveTree(context, call('sqrt', [context.tree(0)], context.hint));
  }),
  Abs: unary('abs', 'Expression'),
  Sin: unary('sin', 'Expression'),
  Cos: unary('cos', 'Expression'),
  Neg: unary('negate', 'Expression'),
  Erf: operator('part of GELU', 'Inside of GELU alone.', (context) => {
    giveTree(context, call('erf', [context.tree(0)], context.hint));
  }),
  Reciprocal: formula('Expression', (x, { hint }) => call('divide', [number(1), x], hint)),
  Softsign: formula('Expression', (x, { hint }) => call('divide', [x, plus(number(1), call('abs', [x]))], hint)),
  HardSwish: formula('Expression', (x, { hint }) =>
    call('multiply', [x, atMost(atLeast(plus(times(x, number(1 / 6)), number(0.5)), 0), 1)], hint),
  ),
  Mish: formula('Expression', (x, { hint }) => call('multiply', [x, call('tanh', [call('softplus', [x])])], hint)),
  Gelu: operator('GELU', '', (context) => {
    const approximation = context.text('approximate', 'none');
    giveTree(context, { kind: 'layer', layer: 'gelu', parameters: { approximation }, operand: context.tree(0), hint: context.hint });
  }),
  Selu: formula('Expression', (x, context) =>
    exponentialUnit(x, context.float('alpha', 1.6732632423543772), context.float('gamma', 1.0507009873554805), 1, context.hint),
  ),
  Celu: formula('Expression', (x, context) => {
    const alpha = context.float('alpha', 1);
    return exponentialUnit(x, alpha, 1, 1 / alpha, context.hint);
  }),
  Elu: layerOf('elu', 'ELU', (context) => ({ alpha: context.float('alpha', 1) })),
  LeakyRelu: layerOf('leaky-relu', 'Leaky ReLU', (context) => ({ slope: context.float('alpha', Math.fround(0.01)) })),
  HardSigmoid: operator('Piecewise linear; Expression where β is not ½', '', (context) => {
    const alpha = context.float('alpha', Math.fround(0.2));
    const beta = context.float('beta', 0.5);
    if (beta === 0.5 && alpha >= 0 && alpha <= 1000)
      giveTree(context, {
        kind: 'layer',
        layer: 'piecewise-linear',
        parameters: { slope: alpha },
        operand: context.tree(0),
        hint: context.hint,
      });
    else giveTree(context, atMost(atLeast(plus(times(number(alpha), context.tree(0)), number(beta)), 0), 1));
  }),
  Clip: operator('ReLU; Expression', 'Bounds that are constants.', (context) => {
    const bound = (input: number, name: string, absent: number): number => {
      if (context.opset < 11) return context.float(name, absent);
      return context.has(input) ? (scalarOf(context.constant(input)) ?? absent) : absent;
    };
    const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
    let tree = context.tree(0);
    // Writers put the greatest number of 32 bits for "none".
    if (low > -3e38) tree = call('max', [tree, number(low)], context.hint);
    if (high < 3e38) tree = call('min', [tree, number(high)], context.hint);
    giveTree(context, tree);
  }),
  PRelu: operator('Parametric ReLU', 'One slope, or one for each channel.', (context) => {
    const view = context.view(0);
    const slopes = context.constant(1);
    const shape = shapeOfView(view);
    checkExpansion(shape, slopes);
    const along = alongOneAxis(slopes, shape.length);
    const shared = slopes.data.length === 1;
    const axis = along === null ? null : sampleAxisOf(view, along.axis);
    if (!shared && axis !== 0) throw new Refusal('Its slopes are not one for each channel.');
    const node = context.builder.add('parametric-relu', context.hint, { shared }, [context.builder.plain(view)], {
      weight: weightNumbers(slopes),
    });
    context.give(tensor(viewAs(view, node, context.builder.shapeOf(node))));
  }),
  Greater: operator('Threshold', 'With one constant number, before a Cast to numbers.', (context) => {
    const threshold = scalarOf(context.constant(1));
    if (threshold === null) throw new Refusal('It compares with more than one number.');
    context.give({ kind: 'above', tree: context.tree(0), threshold });
  }),
  Cast: operator('Threshold after Greater', 'To floating point.', (context) => {
    const value = context.value(0);
    const to = context.integer('to', 1);
    const floating = [1, 10, 11, 16].includes(to);
    if (value.kind === 'above' && floating)
      giveTree(context, {
        kind: 'layer',
        layer: 'threshold',
        parameters: { threshold: value.threshold },
        operand: value.tree,
        hint: context.hint,
      });
    else if (floating || (value.kind === 'tensor' && context.state.tokens.has(value.view.node))) context.give(value);
    else throw new Refusal('It rounds computed numbers to whole ones.');
  }),
  Add: arithmetic('add', 'Add; bias; Positional encoding; Depthwise conv 2D; Expression', 'Inputs of one shape, or a constant.'),
  Sub: arithmetic('subtract', 'Expression; bias; Depthwise conv 2D; part of Layer norm', 'Inputs of one shape, or a constant.'),
  Mul: arithmetic(
    'multiply',
    'Multiply; Depthwise conv 2D; Expression',
    'Inputs of one shape, a constant along one axis, or one number a channel.',
  ),
  Div: arithmetic('divide', 'Expression; Depthwise conv 2D; part of Layer norm', 'Inputs of one shape, or a constant.'),
  Sum: many('add', 'Add'),
  Min: many('min', 'Expression'),
  Max: many('max', 'Expression'),
  Mean: operator('Add; Expression', 'Inputs of one shape.', (context) => {
    const count = context.node.inputs.length;
    const sum = evened(
      context,
      context.node.inputs.map((_, input) => input),
    ).reduce(plus);
    giveTree(context, count === 1 ? sum : call('multiply', [sum, number(1 / count)], context.hint));
  }),
  Pow: operator('Expression; part of Layer norm', 'One of both a constant number, or values of one shape.', (context) => {
    const value = context.value(0);
    const exponent = context.isConstant(1) ? scalarOf(context.constant(1)) : null;
    if (value.kind === 'norm' && value.part === 'centred' && exponent === 2) context.give({ ...value, part: 'squares' });
    else {
      const base = value.kind === 'constant' ? scalarOf(value) : null;
      if (exponent === null && (base === null || base <= 0))
        context.approximate(
          'A power of two computed values is defined for positive bases alone; the file allows whole exponents of negative ones too.',
        );
      combine(context, 'power', joined('power'));
    }
  }),
};
