/**
 * WGSL of a recurrence for a CPU that plays GPU and runs four invocations (a quad) as the lanes of its vectors, where
 * loads are what costs (see quad-product.ts): a workgroup is one quad. Each lane loads the hidden value of one sample and the
 * weight of one unit, and the quad swaps the samples, so that each load serves four products or more.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { plus, range, u } from './kernel-text';
import type { RecurrenceSizes } from './recurrence-kernels';
import { cellFunctions, type RecurrentCell } from './recurrent-cell';

const turns = [0, 1, 2, 3];
const swaps = ['', 'quadSwapX', 'quadSwapY', 'quadSwapDiagonal'];
/** Loads in the body of a loop; more of them slow down all. */
const LOADS = 26;

/** Fours of samples that a workgroup takes, so that their values fit its memory and a few cores have enough to do; 0 if none. */
function foursOf({ profile }: KernelContext, { batch, units }: RecurrenceSizes, valuesOfUnit: number): number {
  const room = Math.floor(profile.maximumWorkgroupStorageBytes / 4 / (valuesOfUnit * units * 4));
  const wanted = batch >= 128 ? 4 : batch >= 16 ? 2 : batch >= 4 ? 1 : 0;
  return Math.min(wanted, room >= 4 ? 4 : room >= 2 ? 2 : room);
}

/** The samples of the lane's four results of each four: its own first, then those that the swaps bring. */
const sampleLines = (fours: number, batch: number): string[] => [
  'let lane = local.x & 3u;',
  ...range(fours).flatMap((four) =>
    turns.flatMap((turn) => {
      const name = `${String(four)}_${String(turn)}`;
      return [
        `let place${name} = ${u(4 * four)} + (lane ^ ${u(turn)});`,
        `let n${name} = min(group.x * ${u(4 * fours)} + place${name}, ${u(batch - 1)});`,
      ];
    }),
  ),
];

const gather = (four: number, read: (sample: string) => string): string =>
  `Lanes(${turns.map((turn) => read(`n${String(four)}_${String(turn)}`)).join(', ')})`;

/** Stores one number a sample; samples past the last and units past the last are left out. */
function storeLanes(
  context: KernelContext,
  { batch, units }: RecurrenceSizes,
  fours: number,
  four: number,
  index: (sample: string) => string[],
  value: string,
): string[] {
  return turns.map((turn) => {
    const name = `${String(four)}_${String(turn)}`;
    const conditions = [
      ...(batch % (4 * fours) === 0 ? [] : [`group.x * ${u(4 * fours)} + place${name} < ${u(batch)}`]),
      ...(units % 4 === 0 ? [] : ['unitInside']),
    ];
    const text = context.store(index(`n${name}`), `${value}[${String(turn)}]`);
    return conditions.length === 0 ? text : `if (${conditions.join(' && ')}) { ${text} }`;
  });
}

/**
 * sum{c}_{four}_{turn} += Σₖ weight(k, c) · shared(k, four), the samples swapped among the lanes. All loads of a few k
 * stand before their sums.
 */
function productLines(
  depth: number,
  columns: number,
  fours: number,
  weight: (k: string, column: number) => string,
  shared: (k: string, four: number) => string,
): string[] {
  const most = Math.max(1, Math.floor(LOADS / (columns + fours)));
  const steps = Math.max(1, ...range(most + 1).filter((count) => count > 0 && depth % count === 0));
  const parts = range(steps);
  const own = (turn: number, four: number, part: number): string => `h${String(turn)}_${String(four)}_${String(part)}`;
  return [
    `for (var k = 0u; k < ${u(depth)}; k += ${u(steps)}) {`,
    ...range(columns).flatMap((column) =>
      parts.map((part) => `let w${String(column)}_${String(part)} = ${weight(`k${plus(part)}`, column)};`),
    ),
    ...range(fours).flatMap((four) => parts.map((part) => `let ${own(0, four, part)} = ${shared(`k${plus(part)}`, four)};`)),
    ...range(fours).flatMap((four) =>
      turns.flatMap((turn) => [
        ...(turn === 0 ? [] : parts.map((part) => `let ${own(turn, four, part)} = ${swaps[turn] ?? ''}(${own(0, four, part)});`)),
        ...range(columns).map((column) => {
          const products = parts.map((part) => `${own(turn, four, part)} * w${String(column)}_${String(part)}`);
          return `sum${String(column)}_${String(four)}_${String(turn)} += ${products.join(' + ')};`;
        }),
      ]),
    ),
    '}',
  ];
}

const sumsOf = (column: number, four: number): string =>
  `Lanes(${turns.map((turn) => `sum${String(column)}_${String(four)}_${String(turn)}`).join(', ')})`;

const unitLines = (units: number, turn: string): string[] => [
  `let unit = min(${turn} * 4u + lane, ${u(units - 1)});`,
  ...(units % 4 === 0 ? [] : [`let unitInside = ${turn} * 4u + lane < ${u(units)};`]),
];

const kernelOf = (sizes: RecurrenceSizes, fours: number, shared: string, valuesOfUnit: number, body: readonly string[]): KernelSource => ({
  variant: `quad-${String(4 * fours)}`,
  workgroupSize: [4, 1, 1],
  workgroups: [Math.ceil(sizes.batch / (4 * fours)), 1, 1],
  declarations: [
    'alias Lanes = vec4<f32>;',
    cellFunctions,
    `var<workgroup> ${shared}: array<f32, ${String(valuesOfUnit * sizes.units * 4 * fours)}>;`,
  ].join('\n'),
  body: body.join('\n'),
});

/** As forwardKernel of recurrence-kernels.ts; null where the batch is too small or the units are too many. */
export function forwardQuadKernel(context: KernelContext, cell: RecurrentCell, sizes: RecurrenceSizes): KernelSource | null {
  const { steps, units, reverse } = sizes;
  const { gates, planes, carried } = cell;
  const fours = foursOf(context, sizes, 2);
  if (fours === 0) return null;
  const samples = 4 * fours;
  const columns = gates * units;
  const unitTurns = Math.ceil(units / 4);
  return kernelOf(sizes, fours, 'hidden', 2, [
    ...sampleLines(fours, sizes.batch),
    ...(carried === null ? [] : [`var states: array<Lanes, ${String(unitTurns * fours)}>;`]),
    `for (var place = lane; place < ${u(units * samples)}; place += 4u) { hidden[place] = 0.0; }`,
    'workgroupBarrier();',
    `for (var s = 0u; s < ${u(steps)}; s++) {`,
    `let t = ${reverse ? `${u(steps - 1)} - s` : 's'};`,
    // Two copies of the hidden values: all are read before the step that overwrites them.
    `let origin = (s & 1u) * ${u(units * samples)};`,
    `for (var turn = 0u; turn < ${u(unitTurns)}; turn++) {`,
    ...unitLines(units, 'turn'),
    ...range(gates).flatMap((gate) => [
      `let bias${String(gate)} = ${context.load(2, `unit + ${u(gate * units)}`)};`,
      ...range(fours).flatMap((four) =>
        turns.map((turn) => `var sum${String(gate)}_${String(four)}_${String(turn)} = bias${String(gate)};`),
      ),
    ]),
    ...productLines(
      units,
      gates,
      fours,
      (k, gate) => context.load(1, `(${k}) * ${u(columns)} + ${u(gate * units)} + unit`),
      (k, four) => `hidden[origin + (${k}) * ${u(samples)} + ${u(4 * four)} + lane]`,
    ),
    ...range(fours).flatMap((four) => [
      '{',
      ...range(gates).map((gate) => `let r${String(gate)} = ${sumsOf(gate, four)};`),
      ...range(gates).map(
        (gate) =>
          `let x${String(gate)} = ${gather(four, (n) => context.load(0, `(${n} * ${u(steps)} + t) * ${u(columns)} + ${u(gate * units)} + unit`))};`,
      ),
      ...(carried === null ? [] : [`let previous = states[turn * ${u(fours)} + ${u(four)}];`]),
      ...cell.forward,
      ...(carried === null ? [] : [`states[turn * ${u(fours)} + ${u(four)}] = p${String(carried)};`]),
      ...turns.map(
        (turn) => `hidden[(${u(units)} + unit) * ${u(samples)} - origin + place${String(four)}_${String(turn)}] = p0[${String(turn)}];`,
      ),
      ...range(planes).flatMap((plane) => storeLanes(context, sizes, fours, four, (n) => [u(plane), n, 't', 'unit'], `p${String(plane)}`)),
      '}',
    ]),
    '}',
    'workgroupBarrier();',
    '}',
  ]);
}

/** As backwardKernel of recurrence-kernels.ts; null where the batch is too small or the units are too many. */
export function backwardQuadKernel(context: KernelContext, cell: RecurrentCell, sizes: RecurrenceSizes): KernelSource | null {
  const { batch, steps, units, reverse } = sizes;
  const { gates, planes, carried, ofProduct, gradients } = cell;
  const fours = foursOf(context, sizes, gates);
  if (fours === 0) return null;
  const samples = 4 * fours;
  const whole = context.inputs[2]?.shape.length === 4;
  const unitTurns = Math.ceil(units / 4);
  const tile = Math.min(4, unitTurns);
  const columns = range(tile);
  const place = (plane: number, n: string, t: string): string => `((${u(plane * batch)} + ${n}) * ${u(steps)} + ${t}) * ${u(units)} + unit`;
  const first = reverse ? `t == ${u(steps - 1)}` : 't == 0u';
  return kernelOf(sizes, fours, 'ofGates', gates, [
    ...sampleLines(fours, batch),
    `var flowing: array<Lanes, ${String(unitTurns * fours)}>;`,
    ...(carried === null ? [] : [`var handed: array<Lanes, ${String(unitTurns * fours)}>;`]),
    `for (var s = 0u; s < ${u(steps)}; s++) {`,
    `let t = ${reverse ? 's' : `${u(steps - 1)} - s`};`,
    `let before = ${reverse ? `min(t + 1u, ${u(steps - 1)})` : 'max(t, 1u) - 1u'};`,
    `for (var turn = 0u; turn < ${u(unitTurns)}; turn++) {`,
    ...unitLines(units, 'turn'),
    ...range(fours).flatMap((four) => [
      '{',
      ...range(planes).map((plane) => `let p${String(plane)} = ${gather(four, (n) => context.load(0, place(plane, n, 't')))};`),
      ...range(planes).map((plane) => {
        const given = plane === 0 || whole ? gather(four, (n) => context.load(2, place(plane, n, 't'))) : 'Lanes(0.0)';
        return `let d${String(plane)} = ${given}${plane === 0 ? ` + flowing[turn * ${u(fours)} + ${u(four)}]` : ''};`;
      }),
      ...(carried === null
        ? []
        : [
            `let previous = select(${gather(four, (n) => context.load(0, place(carried, n, 'before')))}, Lanes(0.0), ${first});`,
            `let carried = handed[turn * ${u(fours)} + ${u(four)}];`,
          ]),
      ...cell.backward,
      ...(carried === null ? [] : [`handed[turn * ${u(fours)} + ${u(four)}] = passed;`]),
      ...ofProduct.flatMap((gradient, gate) =>
        turns.map(
          (turn) =>
            `ofGates[(${u(gate * units)} + unit) * ${u(samples)} + place${String(four)}_${String(turn)}] = g${String(gradient)}[${String(turn)}];`,
        ),
      ),
      ...range(gradients).flatMap((gradient) =>
        storeLanes(context, sizes, fours, four, (n) => [n, 't', `unit + ${u(gradient * units)}`], `g${String(gradient)}`),
      ),
      '}',
    ]),
    '}',
    'workgroupBarrier();',
    `for (var first = 0u; first < ${u(unitTurns)}; first += ${u(tile)}) {`,
    ...columns.map((column) => `let unit${String(column)} = min((first${plus(column)}) * 4u + lane, ${u(units - 1)});`),
    ...columns.flatMap((column) =>
      range(fours).flatMap((four) => turns.map((turn) => `var sum${String(column)}_${String(four)}_${String(turn)} = 0.0;`)),
    ),
    ...productLines(
      gates * units,
      tile,
      fours,
      (k, column) => context.load(1, `(${k}) * ${u(units)} + unit${String(column)}`),
      (k, four) => `ofGates[(${k}) * ${u(samples)} + ${u(4 * four)} + lane]`,
    ),
    ...columns.flatMap((column) => {
      const stores = range(fours).map((four) => `flowing[(first${plus(column)}) * ${u(fours)} + ${u(four)}] = ${sumsOf(column, four)};`);
      return unitTurns % tile === 0 || column === 0 ? stores : [`if (first${plus(column)} < ${u(unitTurns)}) { ${stores.join(' ')} }`];
    }),
    '}',
    'workgroupBarrier();',
    '}',
  ]);
}
