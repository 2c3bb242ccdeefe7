/** 0 for a finite number, 1 for an infinity, 2 for NaN. Told from the bits: compilers of shaders may assume that comparisons never meet NaN. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { given } from './sample';

const wgslFunctions = {
  nonFinite: `fn nonFinite(x: f32) -> f32 {
  let magnitude = bitcast<u32>(x) & 0x7fffffffu;
  return select(select(0.0f, 1.0f, magnitude == 0x7f800000u), 2.0f, magnitude > 0x7f800000u);
}`,
};

export const nonFiniteOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'non-finite',
  infer: (inputs) => elementwiseType('non-finite', inputs, 1),
  gradient: 'nondifferentiable',
  wgsl: ([x]) => `nonFinite(${x})`,
  wgslFunctions,
  reference: ([x]) => (Number.isNaN(x) ? 2 : Number.isFinite(x) ? 0 : 1),
  samples: [{ name: 'of all kinds', inputs: [given([6], [0, -3.5, 3e38, Infinity, -Infinity, NaN])], attributes: {} }],
};

export const nonFinite = (x: Tensor): Tensor => apply(nonFiniteOperation, [x], {});
