/** Recurrent layers in Keras: matrices turned, the two biases of PyTorch as one, or side by side for the GRU. */
import { inputOf } from './arguments';
import { rowsOf, stacked, summed, turned, type KerasArray, type KerasConfig, type KerasContext, type KerasTensor } from './keras';
import { kerasOutput } from './keras-parts';
import type { RecurrentSettings } from './recurrent-layer';

/** Gates one after another, each a block of rows, in another order. */
const reordered = (array: KerasArray, order: readonly number[]): KerasArray => {
  const units = (array.shape[0] ?? 1) / order.length;
  return order.length === 1 ? array : stacked(order.map((gate) => rowsOf(array, gate * units, (gate + 1) * units)));
};

const sideBySide = (a: KerasArray, b: KerasArray): KerasArray => ({ ...stacked([a, b]), shape: [2, a.shape[0] ?? 1] });

/**
 * `order` names PyTorch's gates in the order of Keras. The GRU of PyTorch resets after the product, as Keras does with
 * `reset_after`; it has a bias on each side then.
 */
export function kerasRecurrent(
  context: KerasContext,
  className: 'SimpleRNN' | 'GRU' | 'LSTM',
  order: readonly number[],
  { units, output, bidirectional }: RecurrentSettings,
  activation = 'tanh',
): KerasTensor {
  const { add, weight } = context;
  const weightsOf = (suffix: string): Readonly<Record<string, KerasArray>> => {
    const part = (name: string): KerasArray => reordered(weight(`${name}${suffix}`), order);
    const [own, recurrent] = [part('bias_ih_l0'), part('bias_hh_l0')];
    return {
      kernel: turned(part('weight_ih_l0')),
      recurrent_kernel: turned(part('weight_hh_l0')),
      bias: className === 'GRU' ? sideBySide(own, recurrent) : summed(own, recurrent),
    };
  };
  const config: KerasConfig = {
    units,
    activation,
    ...(className === 'SimpleRNN' ? {} : { recurrent_activation: 'sigmoid' }),
    ...(className === 'GRU' ? { reset_after: true } : {}),
    return_sequences: output !== 'last',
  };
  if (!bidirectional) return add(className, inputOf(context.inputs), kerasOutput(context), config, weightsOf(''));
  const named = (direction: string, weights: Readonly<Record<string, KerasArray>>) =>
    Object.fromEntries(Object.entries(weights).map(([name, array]) => [`${direction}/${name}`, array]));
  return add(
    'Bidirectional',
    inputOf(context.inputs),
    kerasOutput(context),
    { layer: { class_name: className, config }, merge_mode: 'concat' },
    { ...named('forward', weightsOf('')), ...named('backward', weightsOf('_reverse')) },
  );
}
