/**
 * What tells one recurrent cell from another: how a unit's next values follow from the projection of the input and the
 * product with the previous hidden values, and the same backwards. WGSL and float64, side by side. It knows no kernel.
 */

import { keepNaN } from './not-a-number';

/** One unit of one sample at one step. */
export interface RecurrentCell {
  readonly name: string;
  /** Projections that a unit takes. */
  readonly gates: number;
  /** Values that a unit keeps of each step for the way back; the first is its output, the hidden value. */
  readonly planes: number;
  /** Which of them the next step takes unchanged (the cell of an LSTM); null if none. */
  readonly carried: number | null;
  /** Gradients that a unit gives: first those of its projections. */
  readonly gradients: number;
  /** Which of them belong to the product with the previous hidden values, one a gate. */
  readonly ofProduct: readonly number[];
  /** From x0 … (projections), r0 … (products) and `previous` (what is carried) to p0 … (planes), all of the type Lanes. */
  readonly forward: readonly string[];
  readonly forwardReference: (x: readonly number[], r: readonly number[], previous: number) => readonly number[];
  /**
   * From p0 …, `previous`, d0 … (∂L/∂p; d0 includes what comes through the product) and `carried` (∂L/∂ of what the next
   * step took) to g0 … (gradients) and `passed` (∂L/∂previous).
   */
  readonly backward: readonly string[];
  readonly backwardReference: (
    p: readonly number[],
    previous: number,
    d: readonly number[],
    carried: number,
  ) => { readonly gradients: readonly number[]; readonly passed: number };
}

/** Functions that the WGSL of cells calls; `Lanes` is f32 or a vector of it. */
export const cellFunctions = `fn gateSigmoid(x: Lanes) -> Lanes {
  let decay = exp(-abs(x));
  return ${keepNaN('select(Lanes(1.0), decay, x < Lanes(0.0)) / (Lanes(1.0) + decay)', 'x')};
}
fn gateTanh(x: Lanes) -> Lanes {
  return ${keepNaN('tanh(clamp(x, Lanes(-12.0), Lanes(12.0)))', 'x')};
}`;

const at = (values: readonly number[], position: number): number => values[position] ?? 0;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000). Gates i f g o; planes h c i f g o. */
export const lstmCell: RecurrentCell = {
  name: 'lstm',
  gates: 4,
  planes: 6,
  carried: 1,
  gradients: 4,
  ofProduct: [0, 1, 2, 3],
  forward: [
    'let p2 = gateSigmoid(x0 + r0);',
    'let p3 = gateSigmoid(x1 + r1);',
    'let p4 = gateTanh(x2 + r2);',
    'let p5 = gateSigmoid(x3 + r3);',
    'let p1 = p3 * previous + p2 * p4;',
    'let p0 = p5 * gateTanh(p1);',
  ],
  forwardReference: (x, r, previous) => {
    const input = sigmoid(at(x, 0) + at(r, 0));
    const forget = sigmoid(at(x, 1) + at(r, 1));
    const candidate = Math.tanh(at(x, 2) + at(r, 2));
    const output = sigmoid(at(x, 3) + at(r, 3));
    const cell = forget * previous + input * candidate;
    return [output * Math.tanh(cell), cell, input, forget, candidate, output];
  },
  backward: [
    'let squashed = gateTanh(p1);',
    'let cell = carried + d1 + d0 * p5 * (1.0 - squashed * squashed);',
    'let g0 = (cell * p4 + d2) * p2 * (1.0 - p2);',
    'let g1 = (cell * previous + d3) * p3 * (1.0 - p3);',
    'let g2 = (cell * p2 + d4) * (1.0 - p4 * p4);',
    'let g3 = (d0 * squashed + d5) * p5 * (1.0 - p5);',
    'let passed = cell * p3;',
  ],
  backwardReference: ([, c = 0, i = 0, f = 0, g = 0, o = 0], previous, d, carried) => {
    const squashed = Math.tanh(c);
    const cell = carried + at(d, 1) + at(d, 0) * o * (1 - squashed * squashed);
    return {
      gradients: [
        (cell * g + at(d, 2)) * i * (1 - i),
        (cell * previous + at(d, 3)) * f * (1 - f),
        (cell * i + at(d, 4)) * (1 - g * g),
        (at(d, 0) * squashed + at(d, 5)) * o * (1 - o),
      ],
      passed: cell * f,
    };
  },
};

/** Gated recurrent unit (Cho et al., 2014), as PyTorch's: the reset gate scales the product. Gates r z n; planes h r z n and n's product. */
export const gruCell: RecurrentCell = {
  name: 'gru',
  gates: 3,
  planes: 5,
  carried: 0,
  gradients: 4,
  ofProduct: [0, 1, 3],
  forward: [
    'let p1 = gateSigmoid(x0 + r0);',
    'let p2 = gateSigmoid(x1 + r1);',
    'let p4 = r2;',
    'let p3 = gateTanh(x2 + p1 * p4);',
    'let p0 = p3 + p2 * (previous - p3);',
  ],
  forwardReference: (x, r, previous) => {
    const reset = sigmoid(at(x, 0) + at(r, 0));
    const update = sigmoid(at(x, 1) + at(r, 1));
    const candidate = Math.tanh(at(x, 2) + reset * at(r, 2));
    return [candidate + update * (previous - candidate), reset, update, candidate, at(r, 2)];
  },
  backward: [
    'let hidden = d0 + carried;',
    'let g2 = (hidden * (1.0 - p2) + d3) * (1.0 - p3 * p3);',
    'let g0 = (g2 * p4 + d1) * p1 * (1.0 - p1);',
    'let g1 = (hidden * (previous - p3) + d2) * p2 * (1.0 - p2);',
    'let g3 = g2 * p1 + d4;',
    'let passed = hidden * p2;',
  ],
  backwardReference: ([, r = 0, z = 0, n = 0, product = 0], previous, d, carried) => {
    const hidden = at(d, 0) + carried;
    const candidate = (hidden * (1 - z) + at(d, 3)) * (1 - n * n);
    return {
      gradients: [
        (candidate * product + at(d, 1)) * r * (1 - r),
        (hidden * (previous - n) + at(d, 2)) * z * (1 - z),
        candidate,
        candidate * r + at(d, 4),
      ],
      passed: hidden * z,
    };
  },
};

/** The plain recurrent unit (Elman, 1990): h = φ(x + r). */
const simpleCell = (
  name: string,
  {
    wgsl,
    slopeWgsl,
    reference,
    slope,
  }: { wgsl: string; slopeWgsl: string; reference: (sum: number) => number; slope: (h: number) => number },
): RecurrentCell => ({
  name,
  gates: 1,
  planes: 1,
  carried: null,
  gradients: 1,
  ofProduct: [0],
  forward: [`let p0 = ${wgsl};`],
  forwardReference: (x, r) => [reference(at(x, 0) + at(r, 0))],
  backward: [`let g0 = d0 * ${slopeWgsl};`],
  backwardReference: (p, _previous, d) => ({ gradients: [at(d, 0) * slope(at(p, 0))], passed: 0 }),
});

export const tanhCell = simpleCell('rnn-tanh', {
  wgsl: 'gateTanh(x0 + r0)',
  slopeWgsl: '(1.0 - p0 * p0)',
  reference: Math.tanh,
  slope: (h) => 1 - h * h,
});

export const reluCell = simpleCell('rnn-relu', {
  wgsl: 'select(x0 + r0, Lanes(0.0), x0 + r0 <= Lanes(0.0))',
  slopeWgsl: 'select(Lanes(0.0), Lanes(1.0), p0 > Lanes(0.0))',
  reference: (sum) => Math.max(0, sum),
  slope: (h) => (h > 0 ? 1 : 0),
});
