/** Operators on constants alone (https://onnx.ai/onnx/operators/): the result is a constant too. */
import { sizeOf } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import {
  broadcastShape,
  checkedSize,
  combined,
  concatenated,
  constantOf,
  expanded,
  gathered,
  reshaped,
  sliceRange,
  stridesOf,
  transposed,
  type Constant,
} from './constants';
import { BATCH_STAND_IN, integersOf, listOf, normalAxis, type NodeContext } from './node-context';

type Folder = (context: NodeContext, inputs: readonly Constant[]) => Constant | readonly Constant[];

const elementTypeOf = (type: number): Constant['type'] =>
  type === 9 ? 'boolean' : type === 1 || type === 10 || type === 11 || type === 16 ? 'float' : 'integer';

const unary =
  (compute: (x: number) => number): Folder =>
  (_, [x]) => {
    const given = need(x);
    return { ...given, data: given.data.map(compute), name: '' };
  };

const binary =
  (compute: (x: number, y: number, type: Constant['type']) => number, result?: Constant['type']): Folder =>
  (_, inputs) => {
    const [first, ...others] = inputs;
    return others.reduce((a, b) => combined(a, b, result ?? a.type, (x, y) => compute(x, y, a.type)), need(first));
  };

function need(constant: Constant | undefined): Constant {
  if (constant === undefined) throw new Refusal('An input is missing.');
  return constant;
}

/** The sizes that Reshape asks for, with its 0 and −1. */
export function reshapeSizes(wanted: readonly number[], shape: readonly number[], allowZero: boolean): number[] {
  const sizes = wanted.map((size, axis) => (size === 0 && !allowZero ? (shape[axis] ?? 0) : size));
  const open = sizes.indexOf(-1);
  const rest = sizeOf(sizes.filter((_, axis) => axis !== open));
  if (open !== -1) sizes[open] = rest === 0 ? 0 : sizeOf(shape) / rest;
  if (sizes.some((size) => !Number.isInteger(size) || size < 0) || sizeOf(sizes) !== sizeOf(shape))
    throw new Refusal(`[${shape.join(', ')}] cannot be given the shape [${wanted.join(', ')}].`);
  return sizes;
}

/** The axes of Squeeze, Unsqueeze and reductions: an attribute at first, an input since opset 13 (18). */
export function axesOf(context: NodeContext, input = 1): readonly number[] | null {
  return context.has(input) ? listOf(context.constant(input)) : context.integers('axes');
}

/** Starts, ends, axes and steps of a Slice: attributes until opset 9, inputs since. */
export function slicesOf(
  context: NodeContext,
): readonly { readonly axis: number; readonly start: number; readonly end: number; readonly step: number }[] {
  const rank = context.shape(0).length;
  const part = (input: number, name: string): readonly number[] | null =>
    context.has(input) ? listOf(context.constant(input)) : context.integers(name);
  const starts = part(1, 'starts') ?? [];
  const ends = part(2, 'ends') ?? [];
  const axes = part(3, 'axes') ?? starts.map((_, index) => index);
  const steps = context.has(4) ? listOf(context.constant(4)) : starts.map(() => 1);
  return axes.map((axis, index) => ({
    axis: normalAxis(axis, rank),
    start: starts[index] ?? 0,
    end: ends[index] ?? 0,
    step: steps[index] ?? 1,
  }));
}

/** Lengths of the parts of a Split. */
export function splitSizes(context: NodeContext, size: number): readonly number[] {
  const given = context.has(1) ? listOf(context.constant(1)) : context.integers('split');
  if (given !== null) return given;
  const count = context.integer('num_outputs', context.node.outputs.length);
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, size - index * part)));
}

function slice(source: Constant, axis: number, first: number, count: number, step = 1): Constant {
  const strides = stridesOf(source.shape);
  const shape = source.shape.map((size, index) => (index === axis ? count : size));
  return gathered(source, shape, (indices) =>
    strides.reduce(
      (place, stride, index) => place + stride * (index === axis ? first + (indices[index] ?? 0) * step : (indices[index] ?? 0)),
      0,
    ),
  );
}

function gather(context: NodeContext, source: Constant, indices: Constant): Constant {
  const axis = normalAxis(context.integer('axis', 0), source.shape.length);
  const size = source.shape[axis] ?? 1;
  const strides = stridesOf(source.shape);
  const inner = stridesOf(indices.shape);
  const rank = indices.shape.length;
  const shape = [...source.shape.slice(0, axis), ...indices.shape, ...source.shape.slice(axis + 1)];
  return gathered(source, shape, (places) => {
    const chosen = indices.data[inner.reduce((sum, stride, index) => sum + stride * (places[axis + index] ?? 0), 0)] ?? 0;
    const at = chosen < 0 ? chosen + size : chosen;
    if (!Number.isInteger(at) || at < 0 || at >= size) throw new Refusal(`There is no element ${String(chosen)} of ${String(size)}.`);
    return strides.reduce(
      (sum, stride, index) => sum + stride * (index === axis ? at : (places[index < axis ? index : index + rank - 1] ?? 0)),
      0,
    );
  });
}

/** Only what depends on the batch in value stays marked: its number is a multiple of the stand-in. */
function unmarked(constant: Constant, standIn: number): Constant {
  if (!constant.ofBatch || constant.type === 'float' || standIn === 0) return constant;
  return { ...constant, ofBatch: constant.data.some((value) => value !== 0 && value % standIn === 0) };
}

const folders: Readonly<Record<string, Folder>> = {
  Identity: (_, [x]) => need(x),
  Cast: (context, [x]) => {
    const type = elementTypeOf(context.integer('to', 1));
    const given = need(x);
    const data =
      type === 'boolean' ? given.data.map((value) => (value === 0 ? 0 : 1)) : type === 'integer' ? given.data.map(Math.trunc) : given.data;
    return constantOf(type, given.shape, type === 'float' ? Float32Array.from(data) : Float64Array.from(data), given);
  },
  ConstantOfShape: (context, [x]) => {
    const shape = listOf(need(x));
    const attribute = context.node.attributes.get('value');
    const value = attribute?.kind === 'tensor' ? (attribute.value.decode()[0] ?? 0) : 0;
    const type = attribute?.kind === 'tensor' ? elementTypeOf(attribute.value.type) : 'float';
    const size = checkedSize(shape);
    return constantOf(type, shape, (type === 'float' ? new Float32Array(size) : new Float64Array(size)).fill(value), {
      ofBatch: need(x).ofBatch,
    });
  },
  Gather: (context, [x, indices]) => gather(context, need(x), need(indices)),
  Slice: (context, [x]) =>
    slicesOf(context).reduce((source, { axis, start, end, step }) => {
      const { first, count } = sliceRange(source.shape[axis] ?? 0, start, end, step);
      return slice(source, axis, first, count, step);
    }, need(x)),
  Split: (context, [x]) => {
    const source = need(x);
    const axis = normalAxis(context.integer('axis', 0), source.shape.length);
    let first = 0;
    return splitSizes(context, source.shape[axis] ?? 0).map((count) => {
      const part = slice(source, axis, first, count);
      first += count;
      return part;
    });
  },
  Concat: (context, inputs) => concatenated(inputs, normalAxis(context.integer('axis', 0), need(inputs[0]).shape.length)),
  Reshape: (context, [x, shape]) =>
    reshaped(
      need(x),
      reshapeSizes(
        shape === undefined ? (context.integers('shape') ?? []) : listOf(shape),
        need(x).shape,
        context.integer('allowzero', 0) === 1,
      ),
    ),
  Flatten: (context, [x]) => {
    const { shape } = need(x);
    const axis = context.integer('axis', 1);
    const place = axis < 0 ? axis + shape.length : axis;
    return reshaped(need(x), [sizeOf(shape.slice(0, place)), sizeOf(shape.slice(place))]);
  },
  Squeeze: (context, [x]) => {
    const { shape } = need(x);
    const axes = axesOf(context)?.map((axis) => normalAxis(axis, shape.length));
    return reshaped(
      need(x),
      shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis))),
    );
  },
  Unsqueeze: (context, [x]) => {
    const { shape } = need(x);
    const axes = (axesOf(context) ?? []).map((axis, _, all) => normalAxis(axis, shape.length + all.length));
    const left = [...shape];
    return reshaped(
      need(x),
      Array.from({ length: shape.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : (left.shift() ?? 1))),
    );
  },
  Transpose: (context, [x]) => transposed(need(x), context.integers('perm') ?? need(x).shape.map((_, axis, all) => all.length - 1 - axis)),
  Expand: (_, [x, shape]) => ({
    ...expanded(need(x), broadcastShape(need(x).shape, listOf(need(shape)))),
    ofBatch: need(x).ofBatch || need(shape).ofBatch,
  }),
  Range: (_, [start, limit, delta]) => {
    const [first = 0, end = 0, step = 1] = [start, limit, delta].map((one) => need(one).data[0] ?? 0);
    const count = Math.max(0, Math.ceil((end - first) / step));
    checkedSize([count]);
    return constantOf(
      need(start).type,
      [count],
      Array.from({ length: count }, (_unused, index) => first + index * step),
      { ofBatch: need(limit).ofBatch },
    );
  },
  Where: (_, [condition, x, y]) => {
    const shape = broadcastShape(need(condition).shape, broadcastShape(need(x).shape, need(y).shape));
    const [which, yes, no] = [condition, x, y].map((one) => expanded(need(one), shape));
    return {
      ...need(yes),
      data: need(yes).data.map((value, index) => ((need(which).data[index] ?? 0) === 0 ? (need(no).data[index] ?? 0) : value)),
      ofBatch: [condition, x, y].some((one) => need(one).ofBatch),
      name: '',
    };
  },
  Trilu: (context, [x]) => {
    const source = need(x);
    const offset = context.has(1) ? (context.constant(1).data[0] ?? 0) : 0;
    const [rows = 1, columns = 1] = source.shape.slice(-2);
    const upper = context.integer('upper', 1) === 1;
    const kept = (index: number): boolean => {
      const distance = (index % columns) - (Math.floor(index / columns) % rows) - offset;
      return upper ? distance >= 0 : distance <= 0;
    };
    return { ...source, data: source.data.map((value, index) => (kept(index) ? value : 0)), name: '' };
  },
  ReduceProd: (_, [x]) =>
    constantOf(need(x).type, [], [listOf(need(x)).reduce((product, value) => product * value, 1)], { ofBatch: need(x).ofBatch }),
  Add: binary((x, y) => x + y),
  Sub: binary((x, y) => x - y),
  Mul: binary((x, y) => x * y),
  Div: binary((x, y, type) => (type === 'integer' ? Math.trunc(x / y) : x / y)),
  Pow: binary((x, y) => x ** y),
  Mod: binary((x, y) => x - y * Math.floor(x / y)),
  Min: binary((x, y) => Math.min(x, y)),
  Max: binary((x, y) => Math.max(x, y)),
  Equal: binary((x, y) => (x === y ? 1 : 0), 'boolean'),
  Less: binary((x, y) => (x < y ? 1 : 0), 'boolean'),
  Greater: binary((x, y) => (x > y ? 1 : 0), 'boolean'),
  LessOrEqual: binary((x, y) => (x <= y ? 1 : 0), 'boolean'),
  GreaterOrEqual: binary((x, y) => (x >= y ? 1 : 0), 'boolean'),
  And: binary((x, y) => (x !== 0 && y !== 0 ? 1 : 0), 'boolean'),
  Or: binary((x, y) => (x !== 0 || y !== 0 ? 1 : 0), 'boolean'),
  Not: unary((x) => (x === 0 ? 1 : 0)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
};

export const foldedOperators: readonly string[] = [...Object.keys(folders), 'Constant', 'Shape', 'Size'];

function constantNode({ node }: NodeContext): Constant {
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'tensor' && name === 'value') {
      const { shape, type, decode } = attribute.value;
      return constantOf(elementTypeOf(type), shape, decode());
    }
    if (attribute.kind === 'float' || attribute.kind === 'integer') return constantOf(attribute.kind, [], [attribute.value]);
    if (attribute.kind === 'floats') return constantOf('float', [attribute.value.length], attribute.value);
    if (attribute.kind === 'integers') return integersOf(attribute.value);
  }
  throw new Refusal('A constant that is not made of numbers.');
}

/** Computes the node where it can be known now; false where it depends on the data. */
export function fold(context: NodeContext): boolean {
  const { node, state } = context;
  const standIn = state.batch?.size === BATCH_STAND_IN ? BATCH_STAND_IN : 0;
  if (node.operator === 'Constant') {
    context.give(constantNode(context));
    return true;
  }
  if (node.operator === 'Shape' || node.operator === 'Size') {
    const all = context.shape(0);
    const shape = node.operator === 'Size' ? [sizeOf(all)] : all.slice(context.integer('start', 0), context.integer('end', all.length));
    const numbers = constantOf('integer', node.operator === 'Size' ? [] : [shape.length], shape, {
      ofBatch: context.value(0).kind !== 'constant' && standIn > 0,
    });
    context.give(unmarked(numbers, standIn));
    return true;
  }
  const folder = Object.hasOwn(folders, node.operator) ? folders[node.operator] : undefined;
  const inputs = node.inputs.filter((name) => name !== '').map((name) => state.values.get(name));
  const constants = inputs.filter((value) => value?.kind === 'constant');
  if (folder === undefined || inputs.length === 0 || constants.length !== inputs.length) return false;
  const result = folder(context, constants);
  const results = Array.isArray(result) ? (result as readonly Constant[]) : [result as Constant];
  for (const [index, one] of results.entries()) context.give(unmarked(one, standIn), index);
  return true;
}
