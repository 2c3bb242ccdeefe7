/**
 * Products for a CPU that plays GPU and runs four invocations (a quad) as the lanes of its vectors. Costs on such an adapter
 * were measured on SwiftShader: loading a lane's element takes as long as thirty multiplications, keeping a sum across a
 * turn of a loop as long as six, swapping lanes nearly nothing, and bodies of more than about thirty loads slow down all of them.
 * So each lane loads one row and one column, and the quad swaps rows among its lanes: sixteen products from two loads.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { plus, plusTimes, range, u } from './kernel-text';
import type { LinearProduct, Locus, Operand } from './linear-product';

/** Nanoseconds of a quad, on SwiftShader. */
const cost = { load: 5.4, product: 0.16, sum: 1, turn: 17 };
/** Loads in the body of a loop: fewer where it stands in other loops, whose heads make it longer. */
const loadLimit = ({ depth }: LinearProduct): number => (depth.length === 1 ? 26 : 18);

export interface QuadTile {
  /** A multiple of 4. */
  readonly rows: number;
  /** Columns of each of the four lanes. */
  readonly columns: number;
  /** Number of the axis whose steps stand side by side in the body, and how many of them. */
  readonly axis: number;
  readonly steps: number;
}

/** Nanoseconds per product that a tile is expected to take; the measured constants decide, and the shapes alone. */
function expectedCost({ rows, columns, axis, steps }: QuadTile, product: LinearProduct): number {
  const tiles = Math.ceil(product.rows / rows) * Math.ceil(product.columns / (4 * columns)) * product.items;
  const size = product.depth[axis]?.size ?? 1;
  const turns = Math.ceil(size / steps) / size;
  const perStep = cost.load * (rows / 4 + columns) + cost.product * rows * columns + turns * (cost.turn + cost.sum * rows * columns);
  // Two or more cores want a few tiles each.
  return Math.ceil(tiles / 8) * 8 * perStep;
}

/** The tile that is expected to take least. */
export function quadTile(product: LinearProduct): QuadTile {
  const { depth, divisible } = product;
  const tiles = [16, 12, 8, 4, 20, 24].flatMap((rows) =>
    [4, 3, 2, 1].flatMap((columns) =>
      depth.flatMap(({ size }, axis) => {
        if (divisible && axis === 0) return [];
        const most = Math.max(1, Math.min(size, Math.floor(loadLimit(product) / (rows / 4 + columns))));
        const steps = range(most).map((index) => index + 1);
        // A remainder is a second body, which only a long loop can afford that stands alone.
        const affordable = (count: number): boolean => size % count === 0 || (depth.length === 1 && size >= 16 * count);
        return steps.filter(affordable).map((count): QuadTile => ({ rows, columns, axis, steps: count }));
      }),
    ),
  );
  const priced = tiles.map((tile) => ({ tile, price: expectedCost(tile, product) }));
  return priced.reduce((best, next) => (next.price < best.price ? next : best)).tile;
}

/** Parts into which the outermost axis of the depth is cut so that a machine's cores have enough to do: by the shapes alone. */
function splitsOf(product: LinearProduct, tiles: number): number {
  if (!product.divisible) return 1;
  const size = product.depth[0]?.size ?? 1;
  return Math.max(1, Math.min(size, Math.ceil(32 / tiles)));
}

/** One kernel for the whole product. The device must run four neighbouring invocations as a quad. */
export function quadProduct(context: KernelContext, product: LinearProduct): KernelSource {
  const { depth, rowOperand, columnOperand } = product;
  const tile = quadTile(product);
  const rowGroups = range(tile.rows / 4);
  const columns = range(tile.columns);
  const rowTiles = Math.ceil(product.rows / tile.rows);
  const columnTiles = Math.ceil(product.columns / (4 * tile.columns));
  const quads = rowTiles * columnTiles * product.items >= 256 ? Math.min(8, columnTiles) : 1;
  const wanted = splitsOf(product, rowTiles * columnTiles * product.items);
  const chunk = Math.ceil((depth[0]?.size ?? 1) / wanted);
  const splits = Math.ceil((depth[0]?.size ?? 1) / chunk);

  const lines = [
    'let lane = local.x & 3u;',
    ...(splits === 1 ? ['let item = group.z;'] : [`let item = group.z / ${u(splits)};`, `let split = group.z % ${u(splits)};`]),
    // Past the edge the last row or column is computed again, and not stored.
    ...rowGroups.map((g) => `let row${String(g)} = min(group.y * ${u(tile.rows)}${plus(4 * g)} + lane, ${u(product.rows - 1)});`),
    ...columns.map(
      (c) => `let column${String(c)} = min((global.x >> 2u) * ${u(4 * tile.columns)}${plus(4 * c)} + lane, ${u(product.columns - 1)});`,
    ),
  ];
  const locate = (operand: Operand, letter: string, place: string): Locus => {
    const locus = operand.locate(place, place);
    lines.push(...locus.lines, `let ${letter}Start_${place} = ${locus.start};`);
    locus.positions.forEach((position, bound) => lines.push(`let ${letter}Position${String(bound)}_${place} = ${position};`));
    return locus;
  };
  for (const g of rowGroups) locate(rowOperand, 'a', `row${String(g)}`);
  for (const c of columns) locate(columnOperand, 'b', `column${String(c)}`);
  for (const r of range(tile.rows)) for (const c of columns) lines.push(`var sum${String(r)}_${String(c)} = 0.0;`);

  const unrolled = depth[tile.axis] ?? { name: 'k', size: 1 };
  const turns = Math.floor(unrolled.size / tile.steps);
  const rest = unrolled.size - turns * tile.steps;
  const others = depth.flatMap((axis, number) => (number === tile.axis ? [] : [{ ...axis, number }]));
  for (const { name, size, number } of others) {
    if (number === 0 && splits > 1) {
      lines.push(`let firstOfSplit = split * ${u(chunk)};`);
      lines.push(`for (var ${name} = firstOfSplit; ${name} < min(firstOfSplit + ${u(chunk)}, ${u(size)}); ${name}++) {`);
    } else {
      lines.push(size === 1 ? `{ let ${name} = 0u;` : `for (var ${name} = 0u; ${name} < ${u(size)}; ${name}++) {`);
    }
  }

  const rowPlaces = rowGroups.map((g) => `row${String(g)}`);
  const columnPlaces = columns.map((c) => `column${String(c)}`);
  const operands = [
    { operand: columnOperand, letter: 'b', places: columnPlaces },
    { operand: rowOperand, letter: 'a', places: rowPlaces },
  ];
  // What does not change with the steps stands before their loop.
  for (const { operand, letter, places } of operands) {
    const outer = others.map(({ name, number }) => plusTimes(name, operand.strides[number] ?? 0)).join('');
    for (const place of places) {
      lines.push(`let ${letter}Base_${place} = ${letter}Start_${place}${outer};`);
      operand.bounds.forEach(({ axis, step, limit }, bound) => {
        if (axis === tile.axis) return;
        const position = `${letter}Position${String(bound)}_${place}${plusTimes(depth[axis]?.name ?? '', step)}`;
        lines.push(`let ${letter}Inside${String(bound)}_${place} = ${position} < ${u(limit)};`);
      });
    }
  }
  /** Statements that load what `count` steps need, from the step named `first` on. */
  const loads = (first: string, count: number): string[] =>
    operands.flatMap(({ operand, letter, places }) =>
      places.flatMap((place) => {
        const stride = operand.strides[tile.axis] ?? 0;
        const inside = (n: number): string[] =>
          operand.bounds.map(({ axis, step, limit }, bound) =>
            axis === tile.axis
              ? `(${letter}Position${String(bound)}_${place}${first === '' ? '' : plusTimes(first, step)}${plus(n * step)} < ${u(limit)})`
              : `${letter}Inside${String(bound)}_${place}`,
          );
        return [
          `let ${letter}At_${place} = ${letter}Base_${place}${first === '' ? '' : plusTimes(first, stride)};`,
          ...range(count).map((n) => {
            const read = context.load(operand.input, `${letter}At_${place}${plus(n * stride)}`);
            // Not &&, which would branch.
            const condition = inside(n).join(' & ');
            return `let ${letter}_${place}_${String(n)} = ${condition === '' ? read : `select(0.0, ${read}, ${condition})`};`;
          }),
        ];
      }),
    );
  const swaps = ['', 'quadSwapX', 'quadSwapY', 'quadSwapDiagonal'];
  const body = (first: string, count: number): string[] => [
    // All loads stand before all sums: a load branches, and branches keep sums out of registers.
    ...loads(first, count),
    ...rowGroups.flatMap((g) =>
      swaps.flatMap((swap, turn) => {
        const own = (n: number): string => (swap === '' ? `a_row${String(g)}_${String(n)}` : `${swap}${String(g)}_${String(n)}`);
        return [
          ...(swap === '' ? [] : range(count).map((n) => `let ${own(n)} = ${swap}(a_row${String(g)}_${String(n)});`)),
          ...columns.map((c) => {
            const products = range(count).map((n) => `${own(n)} * b_column${String(c)}_${String(n)}`);
            return `sum${String(4 * g + turn)}_${String(c)} += ${products.join(' + ')};`;
          }),
        ];
      }),
    ),
  ];
  if (turns === 1) {
    lines.push('{', ...body('', tile.steps), '}');
  } else {
    const { name } = unrolled;
    lines.push(
      `for (var turn = 0u; turn < ${u(turns)}; turn++) {`,
      `let ${name} = turn * ${u(tile.steps)};`,
      ...body(name, tile.steps),
      '}',
    );
  }
  if (rest > 0) lines.push('{', `let ${unrolled.name} = ${u(turns * tile.steps)};`, ...body(unrolled.name, rest), '}');
  lines.push(...others.map(() => '}'));

  for (const r of range(tile.rows)) {
    lines.push(`{ let row = group.y * ${u(tile.rows)}${plus(r - (r % 4))} + (lane ^ ${u(r % 4)});`);
    for (const c of columns) {
      const column = `(global.x >> 2u) * ${u(4 * tile.columns)}${plus(4 * c)} + lane`;
      const result = product.result('row', 'column');
      const conditions = [
        ...(result.conditions ?? []),
        ...(product.rows % tile.rows === 0 ? [] : [`row < ${u(product.rows)}`]),
        ...(product.columns % (4 * tile.columns * quads) === 0 ? [] : [`column < ${u(product.columns)}`]),
      ];
      const store = context.store([...(splits === 1 ? [] : ['split']), ...result.index], `sum${String(r)}_${String(c)}`);
      lines.push(`{ let column = ${column};`, ...result.lines);
      lines.push(conditions.length === 0 ? store : `if (${conditions.join(' && ')}) { ${store} }`, '}');
    }
    lines.push('}');
  }
  return {
    variant: `quad-${String(tile.rows)}x${String(4 * tile.columns)}x${String(tile.steps)}${splits === 1 ? '' : `-splits-${String(splits)}`}`,
    workgroupSize: [4 * quads, 1, 1],
    workgroups: [Math.ceil(columnTiles / quads), rowTiles, product.items * splits],
    ...(splits === 1 ? {} : { splits }),
    body: lines.join('\n'),
  };
}
