/**
 * Products for GPUs: a workgroup computes a block of results from blocks of both operands in workgroup memory (CUDA C++ Best
 * Practices Guide, 10.2.3.2), each invocation 4 or 8 rows × 4 or 8 columns of it in registers.
 *
 * Workgroup memory holds vectors of four: of `quads` vectors in a step of the depth, vector q holds the rows q, q + quads,
 * q + 2·quads and q + 3·quads of the block. So an invocation reads four rows at once, while neighbours load and store
 * neighbours, whatever the strides. There are two of each block: while one is multiplied, the next is on its way.
 */
import type { DeviceProfile, KernelContext, KernelSource } from '../graph/tensor';
import { plus, plusTimes, range, u } from './kernel-text';
import type { LinearProduct, Operand } from './linear-product';

interface BlockTile {
  /** Of the block; powers of two. */
  readonly rows: number;
  readonly columns: number;
  /** Of one invocation: 4 or 8. */
  readonly ownRows: number;
  readonly ownColumns: number;
  readonly splits: number;
}

/** Steps whose products stand side by side in a loop's body: not all compilers unroll. */
const unrolled = 4;
/** Workgroups that keep a large GPU busy, and the least depth that is worth a workgroup of its own. */
const enough = { workgroups: 256, depth: 64 };

const depthOf = ({ depth }: LinearProduct): number => depth.reduce((total, { size }) => total * size, 1);

/** Invocations along the columns and along the rows of a block. */
const invocationsOf = (tile: BlockTile): readonly [x: number, y: number] => [tile.columns / tile.ownColumns, tile.rows / tile.ownRows];

/** Steps of the depth in a block: so many that every invocation copies equally many vectors of each operand. */
function stepsOf(tile: BlockTile): number {
  const [x, y] = invocationsOf(tile);
  return Math.max(8, (4 * x) / tile.ownRows, (4 * y) / tile.ownColumns);
}

/** Whether neighbours along the depth are neighbours in memory. */
const alongDepth = ({ strides }: Operand): boolean => Math.abs(strides.at(-1) ?? 0) === 1;

/** Vectors from one step to the next: one more where neighbours store to different steps, lest they meet in one memory bank. */
const pitchOf = (operand: Operand, side: number): number => side / 4 + (alongDepth(operand) ? 1 : 0);

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

interface Copied {
  readonly operand: Operand;
  readonly letter: string;
  /** Name of the first row or column of the block. */
  readonly base: string;
  /** Rows or columns of the whole product. */
  readonly size: number;
  /** Rows or columns of the block. */
  readonly side: number;
}

/** How a block of an operand comes to workgroup memory: what stands before the loop over the depth, the loads, the stores. */
function copy(context: KernelContext, product: LinearProduct, tile: BlockTile, part: Copied) {
  const { operand, letter, base, size, side } = part;
  const steps = stepsOf(tile);
  const [x, y] = invocationsOf(tile);
  const quads = side / 4;
  const vectors = range((quads * steps) / (x * y));
  const along = alongDepth(operand);
  const quad = (n: number): string => (along ? `thread / ${u(steps)}${plus(((x * y) / steps) * n)}` : `thread % ${u(quads)}`);
  const step = (n: number): string => (along ? `thread % ${u(steps)}` : `thread / ${u(quads)}${plus(((x * y) / quads) * n)}`);
  // Without an own place or step for each vector, the first one's serves all.
  const placeOf = (n: number): number => (along ? n : 0);
  const stepOf = (n: number): number => (along ? 0 : n);

  const before: string[] = [];
  for (const n of along ? vectors : [0]) {
    for (const c of range(4)) {
      const name = `${letter}Place${String(n)}_${String(c)}`;
      const place = `${base} + ${quad(n)}${plus(c * quads)}`;
      // Rows and columns past the edge are read again from the last one, and not stored.
      before.push(`let ${name} = ${size % side === 0 ? place : `min(${place}, ${u(size - 1)})`};`);
      const locus = operand.locate(name, name);
      before.push(...locus.lines, `let ${letter}Start${String(n)}_${String(c)} = ${locus.start};`);
      locus.positions.forEach((position, bound) =>
        before.push(`let ${letter}Position${String(bound)}_${String(n)}_${String(c)} = ${position};`),
      );
    }
  }
  const next = (n: number): string => `${letter}Next${String(n)}`;
  before.push(...vectors.map((n) => `var ${next(n)} = vec4<f32>();`));

  const rest = depthOf(product) % steps !== 0;
  const loads: string[] = [];
  const axes = new Map<number, readonly string[]>();
  for (const n of along ? [0] : vectors) {
    const k = `${letter}K${String(n)}`;
    const { lines, names } = depthIndex(product, k, `${letter}${String(n)}`);
    loads.push(`let ${k} = firstStep + ${step(n)};`, ...lines);
    if (rest) loads.push(`let ${letter}In${String(n)} = ${k} < lastStep;`);
    axes.set(n, names);
  }
  for (const n of vectors) {
    const names = axes.get(stepOf(n)) ?? [];
    const address = operand.strides.map((stride, axis) => plusTimes(names[axis] ?? '', stride)).join('');
    const elements = range(4).map((c) => {
      const which = `${String(placeOf(n))}_${String(c)}`;
      const read = context.load(operand.input, `${letter}Start${which}${address}`);
      // Not &&, which would branch.
      const inside = [
        ...(rest ? [`${letter}In${String(stepOf(n))}`] : []),
        ...operand.bounds.map(
          ({ axis, step: change, limit }, bound) =>
            `(${letter}Position${String(bound)}_${which}${plusTimes(names[axis] ?? '', change)} < ${u(limit)})`,
        ),
      ].join(' & ');
      return inside === '' ? read : `select(0.0, ${read}, ${inside})`;
    });
    loads.push(`${next(n)} = vec4<f32>(${elements.join(', ')});`);
  }
  const pitch = pitchOf(operand, side);
  const stores = vectors.map((n) => `${letter}Block[(side * ${u(steps)} + ${step(n)}) * ${u(pitch)} + ${quad(n)}] = ${next(n)};`);
  return { before, loads, stores, pitch };
}

/** Bytes of workgroup memory that a tile needs. */
function storageOf(product: LinearProduct, tile: BlockTile): number {
  const pitches = pitchOf(product.rowOperand, tile.rows) + pitchOf(product.columnOperand, tile.columns);
  return 2 * stepsOf(tile) * pitches * 16;
}

function blockProduct(context: KernelContext, product: LinearProduct, tile: BlockTile): KernelSource {
  const { items, rows, columns } = product;
  const [x, y] = invocationsOf(tile);
  const steps = stepsOf(tile);
  const length = depthOf(product);
  const chunk = Math.ceil(length / tile.splits / steps) * steps;
  const splits = Math.ceil(length / chunk);
  const a = copy(context, product, tile, { operand: product.rowOperand, letter: 'a', base: 'firstRow', size: rows, side: tile.rows });
  const b = copy(context, product, tile, {
    ...{ operand: product.columnOperand, letter: 'b', base: 'firstColumn' },
    ...{ size: columns, side: tile.columns },
  });
  const components = ['x', 'y', 'z', 'w'];
  const rowVectors = range(tile.ownRows / 4);
  const columnVectors = range(tile.ownColumns / 4);
  const products = range(unrolled).flatMap((n) => [
    ...rowVectors.map((v) => `let a${String(v)}_${String(n)} = aBlock[aAt${plus(n * a.pitch + v * y)}];`),
    ...columnVectors.map((v) => `let b${String(v)}_${String(n)} = bBlock[bAt${plus(n * b.pitch + v * x)}];`),
    ...rowVectors.flatMap((v) =>
      components.flatMap((component, c) =>
        columnVectors.map((w) => {
          const sum = `sum${String(4 * v + c)}_${String(w)}`;
          return `${sum} = fma(vec4<f32>(a${String(v)}_${String(n)}.${component}), b${String(w)}_${String(n)}, ${sum});`;
        }),
      ),
    ),
  ]);
  const { lines: resultLines, index, conditions = [] } = product.result('row', 'column');
  const inside = [...(columns % tile.columns === 0 ? [] : [`column < ${u(columns)}`]), ...conditions];
  const stores = columnVectors.flatMap((w) =>
    components.flatMap((component, c) => [
      `{ let column = firstColumn + local.x${plus(w * x + (c * tile.columns) / 4)};`,
      ...resultLines,
      ...(inside.length === 0 ? [] : [`if (${inside.join(' && ')}) {`]),
      ...range(tile.ownRows).map((r) => {
        const store = context.store([...(splits === 1 ? [] : ['split']), ...index], `sum${String(r)}_${String(w)}.${component}`);
        const row = `let row = firstRow + local.y${plus(Math.floor(r / 4) * y + ((r % 4) * tile.rows) / 4)};`;
        return `{ ${row} ${rows % tile.rows === 0 ? store : `if (row < ${u(rows)}) { ${store} }`} }`;
      }),
      inside.length === 0 ? '}' : '} }',
    ]),
  );
  const begin = splits === 1 ? '0u' : `split * ${u(chunk)}`;
  const body = [
    ...(splits === 1 ? ['let item = group.z;'] : [`let item = group.z / ${u(splits)};`, `let split = group.z % ${u(splits)};`]),
    `let thread = local.y * ${u(x)} + local.x;`,
    `let firstRow = group.y * ${u(tile.rows)};`,
    `let firstColumn = group.x * ${u(tile.columns)};`,
    `let lastStep = ${splits === 1 ? u(length) : `min((split + 1u) * ${u(chunk)}, ${u(length)})`};`,
    ...a.before,
    ...b.before,
    ...range(tile.ownRows).flatMap((r) => columnVectors.map((w) => `var sum${String(r)}_${String(w)} = vec4<f32>();`)),
    'var side = 0u;',
    `for (var firstStep = ${begin}; ; firstStep += ${u(steps)}) {`,
    // These are under way while the block before them is multiplied.
    'if (firstStep < lastStep) {',
    ...a.loads,
    ...b.loads,
    '}',
    `if (firstStep > ${begin}) {`,
    `for (var step = 0u; step < ${u(steps)}; step += ${u(unrolled)}) {`,
    `let aAt = ((1u - side) * ${u(steps)} + step) * ${u(a.pitch)} + local.y;`,
    `let bAt = ((1u - side) * ${u(steps)} + step) * ${u(b.pitch)} + local.x;`,
    ...products,
    '}',
    '}',
    'if (firstStep >= lastStep) { break; }',
    ...a.stores,
    ...b.stores,
    // One barrier a turn: what is stored next was last read before it.
    'workgroupBarrier();',
    'side = 1u - side;',
    '}',
    ...stores,
  ];
  const size = (block: number, own: number): string => `${String(block)}${own === 8 ? 'w' : ''}`;
  const shape = `${size(tile.rows, tile.ownRows)}x${size(tile.columns, tile.ownColumns)}`;
  return {
    variant: `block-${shape}${splits === 1 ? '' : `-splits-${String(splits)}`}`,
    workgroupSize: [x, y, 1],
    workgroups: [Math.ceil(columns / tile.columns), Math.ceil(rows / tile.rows), items * splits],
    ...(splits === 1 ? {} : { splits }),
    declarations: [
      `var<workgroup> aBlock: array<vec4<f32>, ${String(2 * steps * a.pitch)}>;`,
      `var<workgroup> bBlock: array<vec4<f32>, ${String(2 * steps * b.pitch)}>;`,
    ].join('\n'),
    body: body.join('\n'),
  };
}

const blocksOf = (product: LinearProduct, tile: BlockTile): number =>
  Math.ceil(product.rows / tile.rows) * Math.ceil(product.columns / tile.columns) * product.items;

/** The block of at most `side`² for a product, an invocation taking up to `own`² results of it. */
function fitted({ rows, columns }: LinearProduct, side: number, own: number): BlockTile {
  const fit = (size: number): number => Math.min(side, Math.max(16, 2 ** Math.ceil(Math.log2(size))));
  const ownOf = (length: number): number => (length >= 64 ? own : 4);
  const block = { rows: fit(rows), columns: fit(columns) };
  return { ...block, ownRows: ownOf(block.rows), ownColumns: ownOf(block.columns), splits: 1 };
}

/** The depth cut into parts, by the shapes alone, where there are too few blocks to keep a large GPU busy. */
function divided(product: LinearProduct, tile: BlockTile): BlockTile {
  const most = Math.max(1, Math.floor(depthOf(product) / enough.depth));
  return { ...tile, splits: Math.min(most, Math.ceil(enough.workgroups / blocksOf(product, tile))) };
}

/** The tiles that may suit a product, best guess first: as large as leave a device enough blocks. */
function blockTiles(product: LinearProduct): readonly BlockTile[] {
  const [large, middle, fine, small] = [fitted(product, 128, 8), fitted(product, 64, 8), fitted(product, 64, 4), fitted(product, 32, 4)];
  const suffices = (tile: BlockTile): boolean => blocksOf(product, tile) * tile.splits >= 96;
  if (suffices(large)) return [large, middle, fine];
  if (suffices(middle)) return [middle, fine, small];
  const [deepFine, deepSmall] = [divided(product, fine), divided(product, small)];
  return suffices(deepFine) ? [deepFine, deepSmall, small] : [deepSmall, deepFine, small];
}

const fits = (product: LinearProduct, tile: BlockTile, profile: DeviceProfile): boolean => {
  const [x, y] = invocationsOf(tile);
  return x * y <= profile.maximumWorkgroupInvocations && storageOf(product, tile) <= profile.maximumWorkgroupStorageBytes;
};

/** The variants of a product that a device can run, best guess first, each once; at most three. */
export function blockProducts(context: KernelContext, product: LinearProduct): readonly KernelSource[] {
  const tiles = blockTiles(product).filter((tile) => fits(product, tile, context.profile));
  const sources = tiles.map((tile) => blockProduct(context, product, tile));
  return [...new Map(sources.map((source) => [source.variant, source])).values()];
}
