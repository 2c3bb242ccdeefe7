/**
 * Reverse-mode differentiation over the tensor graph: each operation's own rule, applied once to each tensor from the
 * result back. The gradients are tensors of the same graph. It knows no particular operation but the ones it joins with.
 */
import { ShapeError, attributesOf, formatShape, sameShape, type Tensor } from '../graph/tensor';
import { topologicalOrder } from '../graph/topological-order';
import { add } from '../ops/add.op';
import { constant } from '../ops/constant.op';
import { multiply } from '../ops/multiply.op';

/**
 * ∂of/∂wrt for each tensor of `wrt`: of its shape, zeros where `of` does not depend on it. `of` is a scalar (shape []).
 * Throws a ShapeError otherwise, or where an operation's rule returns a gradient of the wrong shape.
 *
 * All that is passed back is `scale` times as large, and the results are divided by it: what would be too small for numbers of
 * 16 bits then is not (Micikevicius et al., Mixed Precision Training, 2018, 3.2). A power of two changes no digit of f32.
 */
export function gradients(of: Tensor, wrt: readonly Tensor[], scale = 1): Tensor[] {
  if (of.shape.length !== 0) throw new ShapeError('gradients', 'a scalar', formatShape(of.shape));
  const order = topologicalOrder([of]);

  // Only tensors through which `wrt` is reached take part: no rule is applied for a gradient that nobody asked for.
  const targets = new Set(wrt);
  const reaching = new Set<Tensor>();
  for (const tensor of order) {
    const passes = tensor.operation.gradient !== 'nondifferentiable' && tensor.inputs.some((input) => reaching.has(input));
    if (tensor.type === 'f32' && (targets.has(tensor) || passes)) reaching.add(tensor);
  }

  const cotangents = new Map<Tensor, Tensor>();
  if (reaching.has(of)) cotangents.set(of, constant(scale, []));
  for (const output of order.reverse()) {
    const cotangent = cotangents.get(output);
    const { gradient: rule, name } = output.operation;
    if (cotangent === undefined || rule === 'nondifferentiable' || !output.inputs.some((input) => reaching.has(input))) continue;
    const contributions = rule({ inputs: output.inputs, output, cotangent, attributes: attributesOf(output) });
    output.inputs.forEach((input, position) => {
      const contribution = contributions[position];
      if (!reaching.has(input) || contribution === undefined || contribution === null) return;
      if (!sameShape(contribution.shape, input.shape)) {
        throw new ShapeError(`gradient of ${name}`, formatShape(input.shape), formatShape(contribution.shape));
      }
      const previous = cotangents.get(input);
      cotangents.set(input, previous === undefined ? contribution : add(previous, contribution));
    });
  }
  return wrt.map((tensor) => {
    const scaled = cotangents.get(tensor);
    if (scaled === undefined) return constant(0, tensor.shape);
    return scale === 1 ? scaled : multiply(scaled, 1 / scale);
  });
}
