/** Recurrent layers (https://onnx.ai/onnx/operators/onnx__LSTM.html): gates in another order, directions stacked, steps first. */
import type { Shape } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import type { WeightData } from '../../../models/network-builder';
import { squeezeView, type Atom, type View } from '../../../models/views';
import { listOf, only, weightNumbers, type NodeContext } from '../node-context';
import { tensor } from '../values';
import { operator, type OperatorTable } from './operator';

interface Cell {
  readonly kind: 'lstm' | 'gru' | 'simple-rnn';
  /** Where each of our gates stands in ONNX's order. */
  readonly gates: readonly number[];
  readonly activations: readonly string[];
}

const lstm: Cell = { kind: 'lstm', gates: [0, 2, 3, 1], activations: ['Sigmoid', 'Tanh', 'Tanh'] };
const gru: Cell = { kind: 'gru', gates: [1, 0, 2], activations: ['Sigmoid', 'Tanh'] };
const rnn: Cell = { kind: 'simple-rnn', gates: [0], activations: ['Tanh'] };

const zero = (context: NodeContext, input: number): boolean =>
  !context.has(input) || (context.isConstant(input) && context.constant(input).data.every((value) => value === 0));

/** Rows of one direction with the gates in PyTorch's order; `width` numbers a row. */
function gatesOf(
  numbers: WeightData,
  direction: number,
  gates: readonly number[],
  units: number,
  width: number,
  offset: number,
  rows: number,
): WeightData {
  const result = new Float32Array(gates.length * units * width);
  for (const [place, gate] of gates.entries()) {
    const start = (direction * rows + offset + gate * units) * width;
    result.set(numbers.subarray(start, start + units * width), place * units * width);
  }
  return result;
}

function activationOf(context: NodeContext, cell: Cell, directions: number): 'tanh' | 'relu' {
  const attribute = context.node.attributes.get('activations');
  const given = attribute?.kind === 'texts' ? attribute.value : [];
  const expected = Array.from({ length: directions }, () => cell.activations).flat();
  if (given.length === 0 || given.every((name, index) => name === expected[index])) return 'tanh';
  if (cell.kind === 'simple-rnn' && given.length === directions && given.every((name) => name === 'Relu')) return 'relu';
  throw new Refusal(`Its activations are ${given.join(', ')}.`);
}

function recurrent(context: NodeContext, cell: Cell): void {
  const { builder, state } = context;
  const { kind, gates } = cell;
  const direction = context.text('direction', 'forward');
  if (direction !== 'forward' && direction !== 'bidirectional') throw new Refusal('It reads from the end to the beginning alone.');
  const directions = direction === 'bidirectional' ? 2 : 1;
  if (context.node.attributes.has('clip')) throw new Refusal('It cuts off what its cells take (clip).');
  if (kind === 'lstm') only(context, 'input_forget', 0);
  if (kind === 'gru' && context.integer('linear_before_reset', 0) !== 1)
    throw new Refusal('It resets before its product (linear_before_reset = 0); the layer does so behind it, as PyTorch.');
  const activation = activationOf(context, cell, directions);
  const stepsFirst = context.integer('layout', 0) === 0;
  const given = context.view(0);
  const [first = [], second = [], features = []] = given.axes;
  const [stepAtoms, batchAtoms] = stepsFirst ? [first, second] : [second, first];
  if (given.axes.length !== 3 || state.batch === null || batchAtoms.length !== 1 || batchAtoms[0]?.batch !== true)
    throw new Refusal('Its input is not a batch of sequences.');
  const steps = stepAtoms.reduce((size, atom) => size * atom.size, 1);
  if (context.has(4) && listOf(context.constant(4)).some((length) => length !== steps))
    throw new Refusal('Its sequences are of several lengths.');
  if (!zero(context, 5) || (kind === 'lstm' && !zero(context, 6))) throw new Refusal('It begins with other values than zeros.');
  if (kind === 'lstm' && !zero(context, 7)) throw new Refusal('Its gates look at the cells (peepholes).');
  const weight = context.constant(1);
  const [, rows = 1, inputs = 1] = weight.shape;
  const units = rows / gates.length;
  // What the layer's size follows from must lie in the file: of no inputs a weight of any number of rows holds nothing.
  const expected: readonly (readonly [input: number, shape: Shape])[] = [
    [1, [directions, gates.length * units, inputs]],
    [2, [directions, rows, units]],
    ...(context.has(3) ? [[3, [directions, 2 * rows]] as const] : []),
  ];
  for (const [input, shape] of expected) {
    const given = context.constant(input).shape;
    if (!Number.isInteger(units) || given.join() !== shape.join())
      throw new Refusal(`Its weights are of ${given.join(' × ')} where ${shape.join(' × ')} belong.`);
  }
  const numbers = {
    input: weightNumbers(weight),
    recurrent: weightNumbers(context.constant(2)),
    bias: context.has(3) ? weightNumbers(context.constant(3)) : null,
  };
  const weights: Record<string, WeightData> = {};
  for (let index = 0; index < directions; index++) {
    const suffix = index === 0 ? '' : '_reverse';
    weights[`weight_ih_l0${suffix}`] = gatesOf(numbers.input, index, gates, units, inputs, 0, rows);
    weights[`weight_hh_l0${suffix}`] = gatesOf(numbers.recurrent, index, gates, units, units, 0, rows);
    for (const [place, name] of ['bias_ih_l0', 'bias_hh_l0'].entries())
      weights[`${name}${suffix}`] =
        numbers.bias === null ? new Float32Array(rows) : gatesOf(numbers.bias, index, gates, units, 1, place * rows, 2 * rows);
  }
  const source = builder.laidOut(given, [stepAtoms, features]);
  const make = (output: 'sequence' | 'last'): string =>
    builder.add(
      kind,
      context.hint,
      { units, output, bidirectional: directions === 2, ...(kind === 'simple-rnn' ? { activation } : {}) },
      [source],
      weights,
    );
  const [sequence, last] = [context.used(0), context.used(1)];
  if (kind === 'lstm' && context.used(2)) throw new Refusal('The cells that are left at its end are used.');
  const { batch } = state;
  const whole = sequence ? make('sequence') : null;
  const atom = (size: number): Atom => ({ size, batch: false });
  const seen = (atoms: readonly Atom[]): Atom[] => atoms.filter((one) => one.batch || one.size !== 1);
  if (whole !== null) {
    const parts = [atom(steps), atom(directions), atom(units)] as const;
    const [time, side, unit] = parts.map((part) => seen([part]));
    context.give(
      tensor({
        node: whole,
        base: parts,
        axes: (stepsFirst ? [time, side, [batch], unit] : [[batch], time, side, unit]).map((axis) => axis ?? []),
      }),
    );
  }
  if (!last) return;
  if (whole !== null && directions === 2)
    context.approximate('Its steps and its end are both used: they become two layers, whose weights are learned apart.');
  const end =
    whole !== null && directions === 1
      ? builder.add('slice', `${context.hint}_end`, { axis: 0, start: steps - 1, length: 1 }, [whole])
      : make('last');
  const parts = [atom(directions), atom(units)] as const;
  const [side, unit] = parts.map((part) => seen([part]));
  const ended: View = {
    node: end,
    base: parts,
    axes: (stepsFirst ? [side, [batch], unit] : [[batch], side, unit]).map((axis) => axis ?? []),
  };
  context.give(tensor(squeezeView(ended, new Set())), 1);
}

const conditions = 'Of one length, beginning with zeros, with the usual activations, forward or in both directions.';

export const sequenceOperators: OperatorTable = {
  LSTM: operator('LSTM', `${conditions} No peepholes.`, (context) => {
    recurrent(context, lstm);
  }),
  GRU: operator('GRU', `${conditions} linear_before_reset = 1, as PyTorch has it.`, (context) => {
    recurrent(context, gru);
  }),
  RNN: operator('Simple RNN', conditions, (context) => {
    recurrent(context, rnn);
  }),
};
