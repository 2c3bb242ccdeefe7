/** An elementwise formula that the user writes; it is read, differentiated and compiled like any layer. */
import { failure, success, unwrap } from '../graph/problem';
import { formatShape, sameShape, type Tensor } from '../graph/tensor';
import type { Operand } from '../ops/elementwise';
import { onnxConstant } from './elementwise-layer';
import { parseExpression, type Expression } from './expression';
import { bare, functions, inputNames } from './expression-functions';
import { kerasExpression } from './keras-expression';
import { defineLayer, type OnnxNode } from './layer';

const label = 'Expression';

function definitionOf(name: string) {
  const definition = functions.get(name);
  if (definition === undefined) throw new TypeError(`The formula calls ${name}, which was not checked.`);
  return definition;
}

/** Applies what is given for inputs, numbers and calls, from the leaves up. */
function fold<Result>(
  expression: Expression,
  visit: {
    readonly number: (value: number) => Result;
    readonly input: (position: number) => Result;
    readonly call: (name: string, operands: readonly Result[]) => Result;
  },
): Result {
  switch (expression.kind) {
    case 'number':
      return visit.number(expression.value);
    case 'input':
      return visit.input(expression.input);
    case 'call':
      return visit.call(
        expression.name,
        expression.operands.map((operand) => fold(operand, visit)),
      );
    default:
      return expression satisfies never;
  }
}

const given = <Item>(items: readonly Item[], position: number): Item => {
  const item = items[position];
  if (item === undefined) throw new TypeError(`The formula uses ${inputNames[position] ?? '?'}, which is not connected.`);
  return item;
};

function compute(expression: Expression, inputs: readonly Tensor[]): Tensor {
  const result = fold<Operand>(expression, {
    number: (value) => value,
    input: (position) => given(inputs, position),
    call: (name, operands) => definitionOf(name).build(...operands),
  });
  if (typeof result === 'number') throw new TypeError('A formula without inputs was not refused.');
  return result;
}

function sayOnnx(expression: Expression, inputs: readonly string[], output: string): OnnxNode[] {
  const nodes: OnnxNode[] = [];
  const fresh = (): string => `${output}/${String(nodes.length)}`;
  const last = fold<string>(expression, {
    number: (value) => {
      const name = fresh();
      nodes.push(onnxConstant(name, value));
      return name;
    },
    input: (position) => given(inputs, position),
    call: (name, operands) => {
      const result = fresh();
      nodes.push({ operator: definitionOf(name).onnx, inputs: operands, outputs: [result], attributes: {} });
      return result;
    },
  });
  return [...nodes, { operator: 'Identity', inputs: [last], outputs: [output], attributes: {} }];
}

const sayPytorch = (expression: Expression, inputs: readonly string[]): string =>
  fold<string>(expression, {
    number: (value) => (value < 0 ? `(${String(value)})` : String(value)),
    input: (position) => given(inputs, position),
    call: (name, operands) => definitionOf(name).pytorch(...operands),
  });

export const layer = defineLayer({
  kind: 'expression',
  version: 1,
  label,
  group: 'activation',
  help: 'Computes a formula of your own for each element. x, y and z are its inputs, of one shape; there are + − * / ^, pi, e, and exp, log, sqrt, abs, sign, sin, cos, tanh, sigmoid, relu, softplus, min and max.',
  formula: 'y = f(x₁, x₂, x₃), as it is written',
  parameters: {
    formula: {
      type: 'text',
      label: 'Formula',
      help: 'What it computes, such as x * sigmoid(x).',
      default: 'x * sigmoid(x)',
      maximumLength: 500,
    },
  },
  inputs: { minimum: 1, maximum: 3 },
  shape: (inputs, { formula }) => {
    const [first = []] = inputs;
    const other = inputs.findIndex((shape) => !sameShape(shape, first));
    if (other >= 0) {
      const values = { layer: label, first: formatShape(first), actual: formatShape(inputs[other] ?? []), position: other + 1 };
      return failure('network.add-shapes', values);
    }
    const expression = parseExpression(formula, inputs.length);
    return expression.ok ? success(first) : expression;
  },
  weights: () => [],
  forward: (_context, inputs, { formula }) => ({ output: compute(unwrap(parseExpression(formula, inputs.length)), inputs) }),
  onnx: ({ inputs, output }, { formula }) => sayOnnx(unwrap(parseExpression(formula, inputs.length)), inputs, output),
  keras: (context, { formula }) => kerasExpression(context, unwrap(parseExpression(formula, context.inputs.length))),
  pytorch: (_shapes, { formula }) => ({
    call: (_self, inputs) => bare(sayPytorch(unwrap(parseExpression(formula, inputs.length)), inputs)),
  }),
  samples: [
    { name: 'one input', inputShapes: [[5]], parameters: { formula: 'x * sigmoid(x)' } },
    {
      name: 'a gate',
      inputShapes: [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
      parameters: { formula: 'sigmoid(x) * y + (1 - sigmoid(x)) * z' },
    },
    { name: 'powers', inputShapes: [[4]], parameters: { formula: '-x^2 / 2 + x^3 - 2^x + (x^2 + 1)^-1 + (1 + x^2)^1.5 + (x^2 + 1)^0.5' } },
    {
      name: 'every function',
      inputShapes: [[3, 3]],
      parameters: {
        formula:
          'exp(-abs(x)) + log(x*x + 1) + sqrt(x^2 + 0.1) + sin(pi*x) * cos(x/e) + tanh(x) + relu(x) + softplus(x) + min(x, 0.5) + max(-0.25, x) + sign(x)',
      },
    },
  ],
});
