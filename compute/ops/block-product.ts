/**
 * Products for GPUs: workgroups of 16 × 16 invocations compute blocks of results, `perThread`² each, from blocks of both
 * operands in workgroup memory (CUDA C++ Best Practices Guide, 10.2.3.2: shared memory in matrix multiplication).
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { plusTimes, range, u } from './kernel-text';
import type { LinearProduct, Operand } from './linear-product';

/** Steps of the depth that stand in workgroup memory at once. */
const steps = 16;

/** Names the index of each axis of the depth, from the number `k` of a step; the names end in `suffix`. */
function depthIndex({ depth }: LinearProduct, k: string, suffix: string): { lines: string[]; names: string[] } {
  const lines: string[] = [];
  let inner = 1;
  const names = [...depth].reverse().map(({ name, size }, fromLast) => {
    const quotient = inner === 1 ? k : `(${k} / ${u(inner)})`;
    lines.push(`let ${name}_${suffix} = ${fromLast === depth.length - 1 ? quotient : `${quotient} % ${u(size)}`};`);
    inner *= size;
    return `${name}_${suffix}`;
  });
  return { lines, names: names.reverse() };
}

/** Statements before the loop over the depth and in it that copy a block of an operand to workgroup memory. */
function copy(
  context: KernelContext,
  product: LinearProduct,
  part: { readonly operand: Operand; readonly letter: string; readonly base: string; readonly size: number; readonly side: number },
): { before: string[]; inLoop: string[] } {
  const { operand, letter, base, size, side } = part;
  const perThread = side / 16;
  // Invocations that are neighbours read neighbours.
  const alongDepth = Math.abs(operand.strides.at(-1) ?? 0) === 1;
  const place = (n: number): string => (alongDepth ? `thread / 16u + ${u(16 * n)}` : `thread % ${u(side)}`);
  const step = (n: number): string => (alongDepth ? 'thread % 16u' : `thread / ${u(side)} + ${u((256 / side) * n)}`);
  const before: string[] = [];
  // Rows and columns past the edge are read again from the last one, and not stored.
  const loci = range(alongDepth ? perThread : 1).map((n) => {
    const name = `${letter}Place${String(n)}`;
    before.push(`let ${name} = min(${base} + ${place(n)}, ${u(size - 1)});`);
    const locus = operand.locate(name, name);
    before.push(...locus.lines, `let ${letter}Start${String(n)} = ${locus.start};`);
    locus.positions.forEach((position, bound) => before.push(`let ${letter}Position${String(bound)}_${String(n)} = ${position};`));
    return n;
  });
  const inLoop = range(perThread).flatMap((n) => {
    const locus = loci[n] ?? 0;
    const k = `${letter}K${String(n)}`;
    const { lines, names } = depthIndex(product, k, `${letter}${String(n)}`);
    const address = operand.strides.map((stride, axis) => plusTimes(names[axis] ?? '', stride)).join('');
    const inside = [
      `(${k} < lastStep)`,
      ...operand.bounds.map(
        ({ axis, step: change, limit }, bound) =>
          `(${letter}Position${String(bound)}_${String(locus)}${plusTimes(names[axis] ?? '', change)} < ${u(limit)})`,
      ),
    ].join(' & ');
    const read = context.load(operand.input, `${letter}Start${String(locus)}${address}`);
    return [
      `let ${k} = firstStep + ${step(n)};`,
      ...lines,
      `${letter}Block[(${step(n)}) * ${u(side + 1)} + ${place(n)}] = select(0.0, ${read}, ${inside});`,
    ];
  });
  return { before, inLoop };
}

export function blockProduct(context: KernelContext, product: LinearProduct, perThread: number): KernelSource {
  const { items, rows, columns, depth } = product;
  const side = 16 * perThread;
  const length = depth.reduce((total, { size }) => total * size, 1);
  const blocks = Math.ceil(rows / side) * Math.ceil(columns / side) * items;
  const wanted = product.divisible ? Math.max(1, Math.min(Math.floor(length / 256), Math.ceil(256 / blocks))) : 1;
  const chunk = Math.ceil(length / wanted / steps) * steps;
  const splits = Math.max(1, Math.ceil(length / chunk));
  const tile = range(perThread);
  const a = copy(context, product, { operand: product.rowOperand, letter: 'a', base: 'firstRow', size: rows, side });
  const b = copy(context, product, { operand: product.columnOperand, letter: 'b', base: 'firstColumn', size: columns, side });
  const result = product.result('row', 'column');
  const body = [
    ...(splits === 1 ? ['let item = group.z;'] : [`let item = group.z / ${u(splits)};`, `let split = group.z % ${u(splits)};`]),
    'let thread = local.y * 16u + local.x;',
    `let firstRow = group.y * ${u(side)};`,
    `let firstColumn = group.x * ${u(side)};`,
    `let lastStep = ${splits === 1 ? u(length) : `min((split + 1u) * ${u(chunk)}, ${u(length)})`};`,
    ...a.before,
    ...b.before,
    ...tile.flatMap((r) => tile.map((c) => `var sum${String(r)}_${String(c)} = 0.0;`)),
    `for (var firstStep = ${splits === 1 ? '0u' : `split * ${u(chunk)}`}; firstStep < lastStep; firstStep += ${u(steps)}) {`,
    ...a.inLoop,
    ...b.inLoop,
    'workgroupBarrier();',
    `for (var step = 0u; step < ${u(steps)}; step++) {`,
    ...tile.map((r) => `  let a${String(r)} = aBlock[step * ${u(side + 1)} + local.y + ${u(r * 16)}];`),
    ...tile.map((c) => `  let b${String(c)} = bBlock[step * ${u(side + 1)} + local.x + ${u(c * 16)}];`),
    ...tile.flatMap((r) => tile.map((c) => `  sum${String(r)}_${String(c)} += a${String(r)} * b${String(c)};`)),
    '}',
    'workgroupBarrier();',
    '}',
    ...tile.flatMap((r) =>
      tile.flatMap((c) => [
        `{ let row = firstRow + local.y + ${u(r * 16)}; let column = firstColumn + local.x + ${u(c * 16)};`,
        `if (row < ${u(rows)} && column < ${u(columns)}) {`,
        ...result.lines,
        context.store([...(splits === 1 ? [] : ['split']), ...result.index], `sum${String(r)}_${String(c)}`),
        '} }',
      ]),
    ),
  ];
  return {
    variant: `block-${String(side)}${splits === 1 ? '' : `-splits-${String(splits)}`}`,
    workgroupSize: [16, 16, 1],
    workgroups: [Math.ceil(columns / side), Math.ceil(rows / side), items * splits],
    ...(splits === 1 ? {} : { splits }),
    // One more than the side, so that neighbours that store to different steps do not meet in one memory bank.
    declarations: ['aBlock', 'bBlock'].map((name) => `var<workgroup> ${name}: array<f32, ${String((side + 1) * steps)}>;`).join('\n'),
    body: body.join('\n'),
  };
}

/** The two block sizes that suit a product best, best guess first: blocks as large as leave a device enough of them. */
export function blockProducts(context: KernelContext, product: LinearProduct): readonly KernelSource[] {
  if (context.profile.maximumWorkgroupInvocations < 256) return [];
  const blocks = (side: number): number => Math.ceil(product.rows / side) * Math.ceil(product.columns / side) * product.items;
  const sizes = blocks(64) >= 96 ? [4, 2] : blocks(32) >= 48 ? [2, 4] : [1, 2];
  return sizes.map((perThread) => blockProduct(context, product, perThread));
}
