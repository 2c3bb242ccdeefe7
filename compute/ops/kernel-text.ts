/** Small pieces of WGSL that the writers of kernels share. */

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** `3u`. */
export const u = (value: number): string => `${String(value)}u`;

/** ` + 3u`, ` - 3u` or nothing. */
export const plus = (value: number): string => (value === 0 ? '' : value > 0 ? ` + ${u(value)}` : ` - ${u(-value)}`);

/** ` + name * 3u`, ` - name * 3u` or nothing; u32 arithmetic wraps, so that a difference may pass through negative numbers. */
export const plusTimes = (name: string, factor: number): string =>
  factor === 0 ? '' : `${factor > 0 ? ' +' : ' -'} ${Math.abs(factor) === 1 ? name : `${name} * ${u(Math.abs(factor))}`}`;
