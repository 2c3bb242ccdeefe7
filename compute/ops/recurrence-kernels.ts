/**
 * WGSL of a recurrence: a workgroup walks through all steps of a few samples, which need no other. It keeps their hidden
 * values in workgroup memory; a sum over units has one order. It knows shapes and profile, and cells by their interface.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { range, u } from './kernel-text';
import { cellFunctions, type RecurrentCell } from './recurrent-cell';

export interface RecurrenceSizes {
  readonly batch: number;
  readonly steps: number;
  readonly units: number;
  /** From the last step to the first. */
  readonly reverse: boolean;
}

/** Samples that a workgroup takes at once, and its invocations. A weight that is read once serves all of its samples. */
function arrangement({ profile }: KernelContext, { batch, units }: RecurrenceSizes, valuesOfUnit: number) {
  const room = profile.maximumWorkgroupStorageBytes / 4 / (valuesOfUnit * units);
  const enough = profile.software ? [4, 2] : [512, 256];
  const lanes = batch >= (enough[0] ?? 0) && room >= 4 ? 4 : batch >= (enough[1] ?? 0) && room >= 2 ? 2 : 1;
  const widest = profile.software ? 16 : Math.min(256, profile.maximumWorkgroupInvocations);
  const width = Math.min(widest, 2 ** Math.ceil(Math.log2(units)));
  return { lanes, width, unitsEach: Math.ceil(units / width), groups: Math.ceil(batch / lanes) };
}

const laneType = (lanes: number): string => (lanes === 1 ? 'f32' : `vec${String(lanes)}<f32>`);
/** The samples of the workgroup; past the last one they are computed again and not stored. */
const sampleLines = (lanes: number, batch: number): string[] =>
  range(lanes).map((lane) => `let n${String(lane)} = min(group.x * ${u(lanes)} + ${u(lane)}, ${u(batch - 1)});`);
const gather = (lanes: number, read: (sample: string) => string): string =>
  `Lanes(${range(lanes)
    .map((lane) => read(`n${String(lane)}`))
    .join(', ')})`;
/** Stores one number a sample. */
function storeLanes({ store }: KernelContext, lanes: number, batch: number, index: (sample: string) => string[], value: string): string[] {
  const exact = batch % lanes === 0;
  return range(lanes).map((lane) => {
    const text = store(index(`n${String(lane)}`), lanes === 1 ? value : `${value}[${String(lane)}]`);
    return exact || lane === 0 ? text : `if (group.x * ${u(lanes)} + ${u(lane)} < ${u(batch)}) { ${text} }`;
  });
}

/** sums[c] += Σₖ weight(k, columns[c]) · shared(k), all loads of a few k before their sums. */
function productLines(
  depth: number,
  sums: readonly string[],
  weight: (k: string, column: number) => string,
  shared: (k: string) => string,
): string[] {
  const unrolled = depth % 4 === 0 ? 4 : depth % 3 === 0 ? 3 : depth % 2 === 0 ? 2 : 1;
  const parts = range(unrolled);
  const k = (part: number): string => (part === 0 ? 'k' : `k + ${u(part)}`);
  return [
    `for (var k = 0u; k < ${u(depth)}; k += ${u(unrolled)}) {`,
    ...parts.map((part) => `  let h${String(part)} = ${shared(k(part))};`),
    ...sums.flatMap((_, column) => parts.map((part) => `  let w${String(column)}_${String(part)} = ${weight(k(part), column)};`)),
    ...sums.map(
      (sum, column) => `  ${sum} += ${parts.map((part) => `w${String(column)}_${String(part)} * h${String(part)}`).join(' + ')};`,
    ),
    '}',
  ];
}

/** Inputs: projections [N, T, G·H], recurrent weights [H, G·H], bias [G·H]. Output: planes [P, N, T, H]. */
export function forwardKernel(context: KernelContext, cell: RecurrentCell, sizes: RecurrenceSizes): KernelSource {
  const { batch, steps, units, reverse } = sizes;
  const { gates, planes, carried } = cell;
  const { lanes, width, unitsEach, groups } = arrangement(context, sizes, 2);
  const columns = gates * units;
  const gateNumbers = range(gates);
  const body = [
    ...sampleLines(lanes, batch),
    ...(carried === null ? [] : [`var states: array<Lanes, ${String(unitsEach)}>;`]),
    `for (var unit = local.x; unit < ${u(units)}; unit += ${u(width)}) { hidden[unit] = Lanes(0.0); }`,
    'workgroupBarrier();',
    `for (var s = 0u; s < ${u(steps)}; s++) {`,
    `let t = ${reverse ? `${u(steps - 1)} - s` : 's'};`,
    // Two copies of the hidden values: all are read before the step that overwrites them.
    `let origin = (s & 1u) * ${u(units)};`,
    `for (var unit = local.x; unit < ${u(units)}; unit += ${u(width)}) {`,
    ...gateNumbers.map((gate) => `var r${String(gate)} = Lanes(${context.load(2, `unit + ${u(gate * units)}`)});`),
    ...productLines(
      units,
      gateNumbers.map((gate) => `r${String(gate)}`),
      (k, gate) => context.load(1, `(${k}) * ${u(columns)} + ${u(gate * units)} + unit`),
      (k) => `hidden[origin + ${k}]`,
    ),
    ...gateNumbers.map(
      (gate) =>
        `let x${String(gate)} = ${gather(lanes, (n) => context.load(0, `(${n} * ${u(steps)} + t) * ${u(columns)} + ${u(gate * units)} + unit`))};`,
    ),
    ...(carried === null ? [] : [`let previous = states[unit / ${u(width)}];`]),
    ...cell.forward,
    ...(carried === null ? [] : [`states[unit / ${u(width)}] = p${String(carried)};`]),
    `hidden[${u(units)} - origin + unit] = p0;`,
    ...range(planes).flatMap((plane) => storeLanes(context, lanes, batch, (n) => [u(plane), n, 't', 'unit'], `p${String(plane)}`)),
    '}',
    'workgroupBarrier();',
    '}',
  ];
  return {
    variant: `samples-${String(lanes)}-width-${String(width)}`,
    workgroupSize: [width, 1, 1],
    workgroups: [groups, 1, 1],
    declarations: [`alias Lanes = ${laneType(lanes)};`, cellFunctions, `var<workgroup> hidden: array<Lanes, ${String(2 * units)}>;`].join(
      '\n',
    ),
    body: body.join('\n'),
  };
}

/**
 * Inputs: planes [P, N, T, H], recurrent weights [G·H, H], ∂L/∂hidden [N, T, H] or ∂L/∂planes [P, N, T, H]. Output: the
 * gradients of the gates [N, T, R·H].
 */
export function backwardKernel(context: KernelContext, cell: RecurrentCell, sizes: RecurrenceSizes): KernelSource {
  const { batch, steps, units, reverse } = sizes;
  const { gates, planes, carried, ofProduct, gradients } = cell;
  const { lanes, width, unitsEach, groups } = arrangement(context, sizes, gates);
  const whole = context.inputs[2]?.shape.length === 4;
  const place = (plane: number, n: string, t: string): string => `((${u(plane * batch)} + ${n}) * ${u(steps)} + ${t}) * ${u(units)} + unit`;
  const tile = Math.min(4, unitsEach);
  const columns = range(tile);
  const column = (number: number): string => (number === 0 ? 'unit' : `min(unit + ${u(number * width)}, ${u(units - 1)})`);
  const first = reverse ? `t == ${u(steps - 1)}` : 't == 0u';
  const body = [
    ...sampleLines(lanes, batch),
    `var flowing: array<Lanes, ${String(unitsEach)}>;`,
    ...(carried === null ? [] : [`var handed: array<Lanes, ${String(unitsEach)}>;`]),
    `for (var s = 0u; s < ${u(steps)}; s++) {`,
    `let t = ${reverse ? 's' : `${u(steps - 1)} - s`};`,
    `let before = ${reverse ? `min(t + 1u, ${u(steps - 1)})` : 'max(t, 1u) - 1u'};`,
    `for (var unit = local.x; unit < ${u(units)}; unit += ${u(width)}) {`,
    ...range(planes).map((plane) => `let p${String(plane)} = ${gather(lanes, (n) => context.load(0, place(plane, n, 't')))};`),
    ...range(planes).map((plane) => {
      const given = plane === 0 || whole ? gather(lanes, (n) => context.load(2, place(plane, n, 't'))) : 'Lanes(0.0)';
      return `let d${String(plane)} = ${given}${plane === 0 ? ` + flowing[unit / ${u(width)}]` : ''};`;
    }),
    ...(carried === null
      ? []
      : [
          `let previous = select(${gather(lanes, (n) => context.load(0, place(carried, n, 'before')))}, Lanes(0.0), ${first});`,
          `let carried = handed[unit / ${u(width)}];`,
        ]),
    ...cell.backward,
    ...(carried === null ? [] : [`handed[unit / ${u(width)}] = passed;`]),
    ...ofProduct.map((gradient, gate) => `shared_gates[unit + ${u(gate * units)}] = g${String(gradient)};`),
    ...range(gradients).flatMap((gradient) =>
      storeLanes(context, lanes, batch, (n) => [n, 't', `unit + ${u(gradient * units)}`], `g${String(gradient)}`),
    ),
    '}',
    'workgroupBarrier();',
    `for (var unit = local.x; unit < ${u(units)}; unit += ${u(width * tile)}) {`,
    ...columns.map((number) => `let column${String(number)} = ${column(number)};`),
    ...columns.map((number) => `var sum${String(number)} = Lanes(0.0);`),
    ...productLines(
      gates * units,
      columns.map((number) => `sum${String(number)}`),
      (k, number) => context.load(1, `(${k}) * ${u(units)} + column${String(number)}`),
      (k) => `shared_gates[${k}]`,
    ),
    ...columns.map((number) => {
      const store = `flowing[unit / ${u(width)} + ${u(number)}] = sum${String(number)};`;
      return units % (width * tile) === 0 || number === 0 ? store : `if (unit + ${u(number * width)} < ${u(units)}) { ${store} }`;
    }),
    '}',
    'workgroupBarrier();',
    '}',
  ];
  return {
    variant: `samples-${String(lanes)}-width-${String(width)}`,
    workgroupSize: [width, 1, 1],
    workgroups: [groups, 1, 1],
    declarations: [
      `alias Lanes = ${laneType(lanes)};`,
      cellFunctions,
      `var<workgroup> shared_gates: array<Lanes, ${String(gates * units)}>;`,
    ].join('\n'),
    body: body.join('\n'),
  };
}
