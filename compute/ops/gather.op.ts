/** Rows picked by index, and the adjoint: rows added up by index. An index out of range means row 0. */
import {
  ShapeError,
  apply,
  formatShape,
  sizeOf,
  type GatherOperation,
  type KernelContext,
  type KernelOperation,
  type KernelSource,
  type NoAttributes,
  type Tensor,
} from '../graph/tensor';
import { bytes, floats, integers } from './sample';

export const gatherOperation: GatherOperation<NoAttributes> = {
  kind: 'gather',
  name: 'gather',
  infer: ([data, indices]) => {
    if (data === undefined || indices === undefined) throw new ShapeError('gather', '2 inputs', 'fewer');
    if (data.shape.length === 0) throw new ShapeError('gather', 'data with at least 1 axis', 'scalar');
    if (indices.type !== 'i32' || indices.shape.length !== 1) {
      throw new ShapeError('gather', 'indices of type i32 with 1 axis', `${indices.type} ${formatShape(indices.shape)}`);
    }
    return { shape: [indices.shape[0] ?? 0, ...data.shape.slice(1)], type: data.type };
  },
  // Each row of the data sums the cotangents of the places that picked it.
  gradient: ({ inputs: [data, indices], cotangent }) =>
    data === undefined || indices === undefined ? [] : [scatter(cotangent, indices, data.shape[0] ?? 0), null],
  samples: [
    { name: 'rows', inputs: [floats([4, 3]), integers([5], [2, 0, 3, 2, 1])], attributes: {} },
    { name: 'images', inputs: [floats([3, 1, 2, 2]), integers([2], [2, 0])], attributes: {} },
    { name: 'bytes', inputs: [bytes([3, 2], [1, 2, 3, 250, 251, 255]), integers([2], [1, 2])], attributes: {} },
    { name: 'labels', inputs: [integers([4], [7, 8, 9, 10]), integers([3], [3, 3, 0])], attributes: {} },
  ],
};

type ScatterAttributes = { readonly rows: number };

/**
 * One invocation a few columns of one row: it walks all indices in order and adds up what belongs to its row, so that the
 * order of the sum is that of the indices on every device.
 */
function scatterKernel({ inputs: [values], output, profile, load, store }: KernelContext, rows: number): KernelSource {
  const [picks = 0, ...rest] = values?.shape ?? [];
  const columns = sizeOf(rest);
  const u = (value: number): string => `${String(value)}u`;
  // On a CPU the walk is what costs: the four lanes of a vector take a whole row, up to 32 columns each. On a GPU neighbours
  // read neighbours.
  const tile = profile.software ? Math.min(32, Math.ceil(columns / 4)) : 1;
  const threads = Math.ceil(columns / tile);
  const width = 64;
  const places = Array.from({ length: tile }, (_, position) => position);
  const column = (position: number): string => (position === 0 ? 'first' : `first + ${u(position * threads)}`);
  const inside = (position: number, text: string): string =>
    (position + 1) * threads <= columns ? text : `if (${column(position)} < ${u(columns)}) { ${text} }`;
  const index = (position: number): string[] => {
    // One index an axis of the output.
    const strides = rest.map((_, axis) => sizeOf(rest.slice(axis + 1)));
    return ['row', ...rest.map((size, axis) => `((${column(position)}) / ${u(strides[axis] ?? 1)}) % ${u(size)}`)];
  };
  const body = [
    `if (global.x >= ${u(rows * threads)}) { return; }`,
    `let row = global.x / ${u(threads)};`,
    `let first = global.x % ${u(threads)};`,
    ...places.map((position) => `var sum${String(position)} = 0.0;`),
    `for (var pick = 0u; pick < ${u(picks)}; pick++) {`,
    `  let index = u32(${load(1, 'pick')});`,
    // A negative index is a great unsigned one.
    `  if (select(0u, index, index < ${u(rows)}) == row) {`,
    ...places.map(
      (position) => `    ${inside(position, `sum${String(position)} += ${load(0, `pick * ${u(columns)} + ${column(position)}`)};`)}`,
    ),
    '  }',
    '}',
    ...places.map((position) => inside(position, store(output.shape.length === 1 ? ['row'] : index(position), `sum${String(position)}`))),
  ];
  return {
    variant: `rows-${String(tile)}`,
    workgroupSize: [width, 1, 1],
    workgroups: [Math.ceil((rows * threads) / width), 1, 1],
    body: body.join('\n'),
  };
}

export const scatterOperation: KernelOperation<ScatterAttributes> = {
  kind: 'kernel',
  name: 'scatter',
  infer: ([values, indices], { rows }) => {
    if (values === undefined || indices === undefined) throw new ShapeError('scatter', '2 inputs', 'fewer');
    if (values.type !== 'f32' || indices.type !== 'i32' || indices.shape.length !== 1 || indices.shape[0] !== values.shape[0]) {
      throw new ShapeError(
        'scatter',
        'f32 rows and an i32 index for each',
        `${values.type} ${formatShape(values.shape)} and ${indices.type} ${formatShape(indices.shape)}`,
      );
    }
    return { shape: [rows, ...values.shape.slice(1)], type: 'f32' };
  },
  gradient: ({ inputs: [, indices], cotangent }) => (indices === undefined ? [] : [gather(cotangent, indices), null]),
  kernels: (context, { rows }) => [scatterKernel(context, rows)],
  flops: ([values]) => sizeOf(values?.shape ?? []),
  reference: ([values, indices], { data }, { rows }) => {
    if (values === undefined || indices === undefined) return;
    const columns = data.length / rows;
    indices.data.forEach((index, pick) => {
      const row = index >= 0 && index < rows ? index : 0;
      for (let column = 0; column < columns; column++) {
        data[row * columns + column] = (data[row * columns + column] ?? 0) + (values.data[pick * columns + column] ?? 0);
      }
    });
  },
  samples: [
    { name: 'rows, one of them never', inputs: [floats([6, 3]), integers([6], [2, 0, 3, 2, 2, 0])], attributes: { rows: 4 } },
    { name: 'more columns than a tile', inputs: [floats([5, 13]), integers([5], [1, 0, 1, 2, 1])], attributes: { rows: 3 } },
    { name: 'single numbers', inputs: [floats([4]), integers([4], [1, 1, 0, 1])], attributes: { rows: 2 } },
    { name: 'images, and indices out of range', inputs: [floats([3, 2, 2]), integers([3], [-1, 7, 1])], attributes: { rows: 2 } },
  ],
};

/** output[r, …] = the sum of values[i, …] over all i with indices[i] = r, in their order; `rows` rows, zero where there are none. */
export const scatter = (values: Tensor, indices: Tensor, rows: number): Tensor => apply(scatterOperation, [values, indices], { rows });

/** output[i, …] = data[indices[i], …]. */
export const gather = (data: Tensor, indices: Tensor): Tensor => apply(gatherOperation, [data, indices], {});
