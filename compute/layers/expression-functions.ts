/** What formulas are made of, each as operations (whose gradients follow), as a number, in ONNX and in PyTorch. */
import type { Tensor } from '../graph/tensor';
import { absolute } from '../ops/absolute.op';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import type { Operand } from '../ops/elementwise';
import { exp } from '../ops/exp.op';
import { log } from '../ops/log.op';
import { maximum } from '../ops/maximum.op';
import { minimum } from '../ops/minimum.op';
import { multiply, square } from '../ops/multiply.op';
import { negate } from '../ops/negate.op';
import { power } from '../ops/power.op';
import { reciprocal } from '../ops/reciprocal.op';
import { relu } from '../ops/relu.op';
import { sigmoid } from '../ops/sigmoid.op';
import { sign } from '../ops/sign.op';
import { cosine, sine } from '../ops/sine.op';
import { softplus } from '../ops/softplus.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { tanh } from '../ops/tanh.op';

export const inputNames: readonly string[] = ['x', 'y', 'z'];

export const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

export interface ExpressionFunction {
  readonly operands: 1 | 2;
  /** By its name and parentheses; others have a sign of their own. */
  readonly written: boolean;
  /** Not both operands are numbers: those are folded before. */
  readonly build: (...operands: readonly Operand[]) => Tensor;
  readonly value: (...operands: readonly number[]) => number;
  readonly onnx: string;
  readonly pytorch: (...operands: readonly string[]) => string;
}

type One = (x: Tensor) => Tensor;
type Two = (x: Operand, y: Operand) => Tensor;

/** Without the parentheses around the whole. */
export function bare(text: string): string {
  if (!text.startsWith('(')) return text;
  let depth = 0;
  for (let place = 0; place < text.length; place++) {
    depth += text[place] === '(' ? 1 : text[place] === ')' ? -1 : 0;
    if (depth === 0) return place === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}

const one = (build: One, value: (x: number) => number, onnx: string, pytorch: (x: string) => string): ExpressionFunction => ({
  operands: 1,
  written: true,
  build: (x) => {
    if (typeof x === 'number') throw new TypeError('A function of a number was not folded.');
    return build(x);
  },
  value: (x = NaN) => value(x),
  onnx,
  pytorch: (x = '') => pytorch(bare(x)),
});

const two = (
  written: boolean,
  build: Two,
  value: (x: number, y: number) => number,
  onnx: string,
  pytorch: (x: string, y: string) => string,
): ExpressionFunction => ({
  operands: 2,
  written,
  build: (x, y) => build(x, y),
  value: (x = NaN, y = NaN) => value(x, y),
  onnx,
  pytorch: (x = '', y = '') => pytorch(x, y),
});

/** Whole powers up to this are products, which are right below zero as well. */
const GREATEST_PRODUCT = 16;

/** xⁿ by squaring, n whole and positive. */
function wholePower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  const half = wholePower(x, Math.floor(exponent / 2));
  return exponent % 2 === 0 ? square(half) : multiply(square(half), x);
}

function raise(x: Operand, y: Operand): Tensor {
  if (typeof y !== 'number') return exp(multiply(y, typeof x === 'number' ? Math.log(x) : log(x)));
  if (typeof x === 'number') throw new TypeError('A power of numbers was not folded.');
  if (y === 0) return add(multiply(x, 0), 1);
  if (y === 0.5) return sqrt(x);
  if (Number.isInteger(y) && Math.abs(y) <= GREATEST_PRODUCT) return y < 0 ? reciprocal(wholePower(x, -y)) : wholePower(x, y);
  return power(x, y);
}

const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** A number as a tensor like the other operand; those that are tensors stay. */
const tensorText = (x: string, other: string): string => (/^\(?-?[\d.]+(e[-+]?\d+)?\)?$/.test(x) ? `torch.full_like(${other}, ${x})` : x);

export const functions: ReadonlyMap<string, ExpressionFunction> = new Map<string, ExpressionFunction>([
  [
    'add',
    two(
      false,
      add,
      (x, y) => x + y,
      'Add',
      (x, y) => `(${x} + ${y})`,
    ),
  ],
  [
    'subtract',
    two(
      false,
      subtract,
      (x, y) => x - y,
      'Sub',
      (x, y) => `(${x} - ${y})`,
    ),
  ],
  [
    'multiply',
    two(
      false,
      multiply,
      (x, y) => x * y,
      'Mul',
      (x, y) => `(${x} * ${y})`,
    ),
  ],
  [
    'divide',
    two(
      false,
      divide,
      (x, y) => x / y,
      'Div',
      (x, y) => `(${x} / ${y})`,
    ),
  ],
  [
    'power',
    two(
      false,
      raise,
      (x, y) => x ** y,
      'Pow',
      (x, y) => `(${x} ** ${y})`,
    ),
  ],
  [
    'negate',
    {
      ...one(
        negate,
        (x) => -x,
        'Neg',
        (x) => `(-(${x}))`,
      ),
      written: false,
    },
  ],
  ['exp', one(exp, Math.exp, 'Exp', (x) => `torch.exp(${x})`)],
  ['log', one(log, Math.log, 'Log', (x) => `torch.log(${x})`)],
  ['sqrt', one(sqrt, Math.sqrt, 'Sqrt', (x) => `torch.sqrt(${x})`)],
  ['abs', one(absolute, Math.abs, 'Abs', (x) => `torch.abs(${x})`)],
  ['sign', one(sign, Math.sign, 'Sign', (x) => `torch.sign(${x})`)],
  ['sin', one(sine, Math.sin, 'Sin', (x) => `torch.sin(${x})`)],
  ['cos', one(cosine, Math.cos, 'Cos', (x) => `torch.cos(${x})`)],
  ['tanh', one(tanh, Math.tanh, 'Tanh', (x) => `torch.tanh(${x})`)],
  [
    'sigmoid',
    one(
      sigmoid,
      (x) => 1 / (1 + Math.exp(-x)),
      'Sigmoid',
      (x) => `torch.sigmoid(${x})`,
    ),
  ],
  [
    'relu',
    one(
      relu,
      (x) => Math.max(0, x),
      'Relu',
      (x) => `torch.relu(${x})`,
    ),
  ],
  ['softplus', one(softplus, softplusOf, 'Softplus', (x) => `F.softplus(${x})`)],
  ['min', two(true, minimum, Math.min, 'Min', (x, y) => `torch.minimum(${tensorText(x, y)}, ${tensorText(y, x)})`)],
  ['max', two(true, maximum, Math.max, 'Max', (x, y) => `torch.maximum(${tensorText(x, y)}, ${tensorText(y, x)})`)],
]);
