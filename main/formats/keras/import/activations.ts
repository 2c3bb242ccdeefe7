/** The functions that Keras knows by name. */
import { Refusal } from '../../models/imported-model';
import { settings, textOf } from './keras-model';
import type { LayerWriter } from './onnx-writing';

/** The name in an activation, which may be written as an object. */
export function activationName(value: unknown): string {
  if (value === null || value === undefined) return 'linear';
  if (typeof value === 'string') return value;
  const { class_name: className, config } = settings(value);
  if (className === 'function') return textOf(config);
  return textOf(settings(config)['activation']) || textOf(className) || 'unknown';
}

/** Keras 3 took over PyTorch's hard sigmoid, of the slope 1/6. */
const hardSigmoid = (isThird: boolean): number => (isThird ? 1 / 6 : 0.2);

export function activated(writer: LayerWriter, value: string, name: string, isThird: boolean): string {
  const { node, scalar } = writer;
  const unary = (operator: string): string => node(operator, [value]);
  switch (name.toLowerCase()) {
    case 'linear':
      return value;
    case 'relu':
      return unary('Relu');
    case 'relu6':
      return node('Clip', [value, scalar(0), scalar(6)]);
    case 'tanh':
      return unary('Tanh');
    case 'sigmoid':
      return unary('Sigmoid');
    case 'softmax':
      return node('Softmax', [value], { axis: -1 });
    case 'log_softmax':
      return node('LogSoftmax', [value], { axis: -1 });
    case 'elu':
      return unary('Elu');
    case 'selu':
      return unary('Selu');
    case 'softplus':
      return unary('Softplus');
    case 'softsign':
      return unary('Softsign');
    case 'exponential':
      return unary('Exp');
    case 'mish':
      return unary('Mish');
    case 'gelu':
      return unary('Gelu');
    case 'silu':
    case 'swish':
      return node('Mul', [value, unary('Sigmoid')]);
    case 'leaky_relu':
      return node('LeakyRelu', [value], { alpha: { float: 0.2 } });
    case 'hard_sigmoid':
      return node('HardSigmoid', [value], { alpha: { float: hardSigmoid(isThird) }, beta: { float: 0.5 } });
    case 'hard_silu':
    case 'hard_swish':
      return unary('HardSwish');
    default:
      throw new Refusal(`Its activation ${name} is not known.`);
  }
}
