/** What a layer is called with, taken by name or position; the network has checked that it is there. */

/** The input at the position. */
export function inputOf<Input>(inputs: readonly Input[], position = 0): Input {
  const input = inputs[position];
  if (input === undefined) throw new TypeError(`The layer was given ${String(inputs.length)} inputs and needs number ${String(position)}.`);
  return input;
}

/** The weight of that name. */
export function weightOf<Weight>(weights: Readonly<Record<string, Weight>>, name: string): Weight {
  const weight = weights[name];
  if (weight === undefined) throw new TypeError(`The layer was given no weight ${name}.`);
  return weight;
}
