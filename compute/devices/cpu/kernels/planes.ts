/** What kernels on images share that treat every plane (one channel of one image) alike: their tasks, padded copies and strided reads. */
import { f32x4, i32, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { KernelPlaces, OperationPlan } from '../kernel';
import { along, eachPart, range, storeLanes, transposeFour } from './tile';

/** Elements that a task goes over, about: what it reads and writes stays in the second cache until its epilogue. */
const elementsOfTask = 16_384;

/** Height and width in elements. */
export type Extent = readonly [height: number, width: number];

const areaOf = ([height, width]: Extent): number => height * width;

/** Where the plane of a task begins, in each input and in the output. */
export interface PlaneAddresses {
  readonly inputs: readonly Int[];
  readonly output: Int;
  /** The thread's own memory. */
  readonly scratch: Int;
}

/**
 * A kernel whose tasks take a few planes each. `before` is written once at the start of a task, `write` for each plane; both know what is
 * in the thread's own memory from the planes before.
 */
export function planePlan(parts: {
  readonly name: string;
  readonly variant: string;
  readonly planes: number;
  readonly inputs: readonly Extent[];
  readonly output: Extent;
  readonly threadScratch: number;
  /** Number of the element at which a plane of the first input, or of the output, begins where planes do not lie one after another. */
  readonly inputStart?: (writer: FunctionWriter, plane: Int) => Int;
  readonly outputStart?: (writer: FunctionWriter, plane: Int) => Int;
  readonly before?: (writer: FunctionWriter, scratch: Int) => void;
  readonly write: (writer: FunctionWriter, addresses: PlaneAddresses) => void;
}): OperationPlan {
  const { name, variant, planes, inputs, output, threadScratch } = parts;
  const largest = Math.max(1, areaOf(output), ...inputs.map(areaOf));
  const each = Math.min(Math.max(1, planes), Math.max(1, Math.round(elementsOfTask / largest)));
  return {
    variant,
    sharedScratch: [],
    threadScratch,
    filled: parts.outputStart ? null : each * areaOf(output),
    stages: (places: KernelPlaces) => [
      {
        name,
        tasks: Math.max(1, Math.ceil(planes / each)),
        write: (writer, task, scratch) => {
          parts.before?.(writer, scratch);
          const plane = writer.keep(i32.mul(task, i32.constant(each)));
          const end = writer.keep(i32.lesserU(i32.add(plane, i32.constant(each)), i32.constant(planes)));
          writer.while(i32.ltU(plane, end), () => {
            const start = (extent: Extent, own?: (writer: FunctionWriter, plane: Int) => Int): Int =>
              own ? own(writer, plane) : i32.mul(plane, i32.constant(areaOf(extent)));
            parts.write(writer, {
              inputs: inputs.map((extent, number) => {
                const first = start(extent, number === 0 ? parts.inputStart : undefined);
                return writer.keep(along(i32.constant(places.inputs[number] ?? 0), first, 4));
              }),
              output: writer.keep(along(i32.constant(places.output), start(output, parts.outputStart), 4)),
              scratch,
            });
            writer.increase(plane, 1);
          });
        },
      },
    ],
  };
}

/** A plane in memory: where it begins and how long its rows are. */
export interface Plane {
  readonly address: Int;
  readonly rowBytes: number;
}

/** Rows and columns that windows reach over the edges of a plane, before and after. */
export interface Border {
  readonly extent: Extent;
  readonly before: Extent;
  readonly after: Extent;
}

const widthOf = ({ extent, before, after }: Border): number => before[1] + extent[1] + after[1];
const isNone = ({ before, after }: Border): boolean => [...before, ...after].every((size) => size === 0);

/** Bytes of the copy of a plane with its border; 0 if there is none. */
export const borderedBytes = (border: Border): number =>
  isNone(border) ? 0 : 4 * widthOf(border) * (border.before[0] + border.extent[0] + border.after[0]) + 16;

/** Fills the copy with what its border holds: once for all planes, since they leave it alone. */
export function fillBorder(writer: FunctionWriter, scratch: Int, border: Border, value: number): void {
  const bytes = borderedBytes(border);
  const place = writer.local('i32');
  writer.for(place, i32.constant(0), i32.constant(bytes - 15), 16, () => {
    writer.storeVector(i32.add(scratch, place), f32x4.constant(value));
  });
}

/** The plane itself where it has no border, or its copy with one in `scratch`, which begins with the border. */
export function bordered(writer: FunctionWriter, address: Int, scratch: Int, border: Border): Plane {
  const { extent, before } = border;
  if (isNone(border)) return { address, rowBytes: 4 * extent[1] };
  const rowBytes = 4 * widthOf(border);
  const from = writer.keep(address);
  const to = writer.keep(i32.add(scratch, i32.constant(before[0] * rowBytes + 4 * before[1])));
  const row = writer.local('i32');
  writer.for(row, i32.constant(0), i32.constant(extent[0]), 1, () => {
    copyRow(writer, from, to, extent[1]);
    writer.increase(from, 4 * extent[1]);
    writer.increase(to, rowBytes);
  });
  return { address: scratch, rowBytes };
}

/** Copies so many elements. */
export function copyRow(writer: FunctionWriter, from: Int, to: Int, width: number): void {
  eachPart(writer, width, 4, (start, size) => {
    const value = writer.keep(memory.v128(along(from, start, 4)));
    storeLanes(writer, { address: along(to, start, 4), offset: 0 }, value, size);
  });
}

/**
 * Elements `step` apart in so many lanes, the first being number `first`, out of vectors that hold all elements one after another and may
 * stand in several places. Further lanes are anything: nothing is read for them.
 */
export function spaced(vector: (number: number) => Vector, first: number, step: number, lanes: number): Vector {
  if (step === 1 && first % 4 === 0) return vector(first >> 2);
  const element = (lane: number): number => first + (lane < lanes ? lane : 0) * step;
  const sources = [...new Set(range(4).map((lane) => element(lane) >> 2))];
  const [low = 0, high = low] = sources;
  if (sources.length <= 2) {
    const laneOf = (lane: number): number => (element(lane) % 4) + (element(lane) >> 2 === low ? 0 : 4);
    return v128.shuffle(vector(low), vector(high), [laneOf(0), laneOf(1), laneOf(2), laneOf(3)]);
  }
  const pair = (x: number, y: number): Vector => v128.shuffle(vector(x >> 2), vector(y >> 2), [x % 4, 4 + (y % 4), 0, 0]);
  return v128.shuffle(pair(element(0), element(1)), pair(element(2), element(3)), [0, 1, 4, 5]);
}

/** A function whose values are kept, each written when it is first asked for. */
export function remembered(writer: FunctionWriter, compute: (number: number) => Vector): (number: number) => Vector {
  const known = new Map<number, Vector>();
  return (number) => {
    const value = known.get(number) ?? writer.keep(compute(number));
    known.set(number, value);
    return value;
  };
}

/** Goes through rows; each cursor moves on by its bytes from one to the next. */
export function eachRow(
  writer: FunctionWriter,
  count: number,
  cursors: readonly { readonly address: Int; readonly bytes: number }[],
  body: (addresses: readonly Int[], row: Int) => void,
): void {
  const addresses = cursors.map(({ address }) => writer.keep(address));
  const row = writer.local('i32');
  writer.for(row, i32.constant(0), i32.constant(count), 1, () => {
    body(addresses, row);
    addresses.forEach((address, number) => {
      writer.increase(address, cursors[number]?.bytes ?? 0);
    });
  });
}

/** Stores the first `size` lanes of each vector so that their lanes take turns. */
export function storeInterleaved(
  writer: FunctionWriter,
  vectors: readonly Local<'v128'>[],
  address: Int,
  offset: number,
  size: number,
): void {
  const [even, odd] = vectors;
  if (vectors.length === 2 && even && odd) {
    storeLanes(writer, { address, offset }, writer.keep(v128.shuffle(even, odd, [0, 4, 1, 5])), Math.min(4, 2 * size));
    if (size > 2) storeLanes(writer, { address, offset: offset + 16 }, writer.keep(v128.shuffle(even, odd, [2, 6, 3, 7])), 2 * size - 4);
    return;
  }
  if (vectors.length === 4) {
    transposeFour(writer, vectors)
      .slice(0, size)
      .forEach((vector, lane) => {
        writer.storeVector(address, vector, offset + 16 * lane);
      });
    return;
  }
  for (const lane of range(size)) {
    vectors.forEach((vector, number) => {
      writer.storeLane(address, vector, lane, offset + 4 * (lane * vectors.length + number));
    });
  }
}
