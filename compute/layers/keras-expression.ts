/** Formulas in Keras and TensorFlow.js: sums, products and activations as their layers, all else by HebbFunction. */
import type { Expression } from './expression';
import { inputOf } from './arguments';
import type { KerasContext, KerasTensor } from './keras';
import { kerasActivation, kerasFunction, kerasProduct, kerasRescaled, kerasSum } from './keras-parts';

type Operand = KerasTensor | number;

/** Whole powers up to this are products, which are right below zero as well. */
const GREATEST_PRODUCT = 16;

export function kerasExpression(context: KerasContext, expression: Expression): KerasTensor {
  const scaled = (x: KerasTensor, factor: number, offset = 0): KerasTensor => kerasRescaled(context, x, factor, offset);
  const active = (x: KerasTensor, name: string): KerasTensor => kerasActivation(context, x, name);
  const sum = (x: Operand, y: Operand): KerasTensor => {
    if (typeof x === 'number') return typeof y === 'number' ? unfolded() : scaled(y, 1, x);
    return typeof y === 'number' ? scaled(x, 1, y) : kerasSum(context, [x, y]);
  };
  const negative = (x: Operand): Operand => (typeof x === 'number' ? -x : scaled(x, -1));
  const product = (x: Operand, y: Operand): KerasTensor => {
    if (typeof x === 'number') return typeof y === 'number' ? unfolded() : scaled(y, x);
    return typeof y === 'number' ? scaled(x, y) : kerasProduct(context, [x, y]);
  };
  const wholePower = (x: KerasTensor, exponent: number): KerasTensor => {
    if (exponent === 1) return x;
    const half = wholePower(x, Math.floor(exponent / 2));
    return kerasProduct(context, exponent % 2 === 0 ? [half, half] : [half, half, x]);
  };
  const power = (x: Operand, y: Operand): KerasTensor => {
    if (typeof y !== 'number') {
      const logarithm = typeof x === 'number' ? Math.log(x) : kerasFunction(context, x, 'log');
      return kerasFunction(context, product(y, logarithm), 'exp');
    }
    if (typeof x === 'number') return unfolded();
    if (y === 0) return scaled(x, 0, 1);
    if (!Number.isInteger(y) || Math.abs(y) > GREATEST_PRODUCT) return kerasFunction(context, x, 'power', y);
    return y > 0 ? wholePower(x, y) : kerasFunction(context, wholePower(x, -y), 'power', -1);
  };
  /** The greater of both, from ReLU where one is a number. */
  const greater = (x: Operand, y: Operand): KerasTensor => {
    if (typeof x === 'number') return typeof y === 'number' ? unfolded() : greater(y, x);
    if (x === y) return x;
    if (typeof y !== 'number') return context.add('Maximum', [x, y], x.shape);
    return scaled(active(scaled(x, 1, -y), 'relu'), 1, y);
  };

  const calls: Readonly<Record<string, (x: Operand, y: Operand) => Operand>> = {
    add: sum,
    subtract: (x, y) => sum(x, negative(y)),
    multiply: product,
    divide: (x, y) => product(x, typeof y === 'number' ? 1 / y : kerasFunction(context, y, 'power', -1)),
    power,
    negate: negative,
    min: (x, y) => negative(greater(negative(x), negative(y))),
    max: greater,
    exp: (x) => kerasFunction(context, tensor(x), 'exp'),
    log: (x) => kerasFunction(context, tensor(x), 'log'),
    sqrt: (x) => kerasFunction(context, tensor(x), 'power', 0.5),
    sin: (x) => kerasFunction(context, tensor(x), 'sin'),
    cos: (x) => kerasFunction(context, tensor(x), 'cos'),
    sign: (x) => kerasFunction(context, tensor(x), 'sign'),
    abs: (x) => kerasSum(context, [active(tensor(x), 'relu'), active(scaled(tensor(x), -1), 'relu')]),
    tanh: (x) => active(tensor(x), 'tanh'),
    sigmoid: (x) => active(tensor(x), 'sigmoid'),
    relu: (x) => active(tensor(x), 'relu'),
    softplus: (x) => active(tensor(x), 'softplus'),
  };

  const say = (part: Expression): Operand => {
    if (part.kind === 'number') return part.value;
    if (part.kind === 'input') return inputOf(context.inputs, part.input);
    const [x = NaN, y = NaN] = part.operands.map(say);
    const call = calls[part.name];
    if (call === undefined) throw new Error(`${part.name} has no layer in Keras`);
    return call(x, y);
  };
  const result = tensor(say(expression));
  // An input itself has a name of its own already.
  return context.inputs.includes(result) ? scaled(result, 1) : result;
}

function unfolded(): never {
  throw new TypeError('A function of numbers was not folded.');
}

function tensor(x: Operand): KerasTensor {
  return typeof x === 'number' ? unfolded() : x;
}
