/** NaN passes through every operation, as in PyTorch, although exp(), pow(), min() and max() of WGSL may drop it. */

/** WGSL: whether x is NaN. No comparison is true of NaN there, not even !=. */
export const isNaN = (x: string): string => `!(${x} == ${x})`;

/** WGSL: the value, or NaN where x is. Both may be vectors; x is a name. */
export const keepNaN = (value: string, x: string): string => `select(${value}, ${x}, ${isNaN(x)})`;
