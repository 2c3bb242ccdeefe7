/** How augmentations are said in PyTorch: the line that moves pixels, and the lines of several together. resources/pytorch/pictures.py has the functions. */

/** The line that moves the pixels of `x` by the map of these entries, as Python expressions. */
export const warpLine = (entries: readonly [string, string, string, string, string, string], outside: string): string =>
  `x = warp(x, affine(${entries.join(', ')}), "${outside}")`;

const warpPattern = /^x = warp\(x, (?<map>.*), "(?<outside>zeros|edge)"\)$/;

/**
 * The lines of augmentations one after another. As in augment.ts neighbours that move pixels and agree on the outside become one map,
 * so that pixels are mixed once.
 */
export function mergedLines(augmentations: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const parts = augmentations.map((lines) => ({ lines, warp: warpPattern.exec(lines.at(-1) ?? '')?.groups ?? null }));
  const outsideOf = (place: number): string | undefined => parts[place]?.warp?.['outside'];
  return parts.map(({ lines, warp }, place) => {
    if (warp === null) return lines;
    const { map = '', outside = '' } = warp;
    const [follows, goesOn] = [outsideOf(place - 1) === outside, outsideOf(place + 1) === outside];
    const whole = follows ? `after(moved, ${map})` : map;
    return [...lines.slice(0, -1), goesOn ? `moved = ${whole}` : `x = warp(x, ${whole}, "${outside}")`];
  });
}
