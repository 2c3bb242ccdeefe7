/**
 * The gradient of a convolution's weights: each is a dot product of an image of x, moved by the tap, with one of ∂y, over all images.
 * Lanes lie along the rows of the images, a tile holds some channels of ∂y by some taps. The images are divided among as many partial
 * sums as the shapes say, which a second stage adds in order.
 */
import { sizeOf } from '../../../graph/tensor';
import { convolution2dSizes, type Convolution2dSizes, type WeightGradientAttributes } from '../../../ops/convolution-2d-sizes';
import { f32x4, i32, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { CpuFeatures, OperationPlan, OperationPlanner, Stage } from '../kernel';
import { asMatrix, isProduct } from './convolution-2d';
import { columnBytes, slabLayout, writeSlabCopy, type SlabLayout } from './image-slab';
import { planNothing, planZeros } from './empty-plans';
import { planMatrixProduct } from './matrix-product';
import { divisorUpTo, wantedTasks } from './task-sizes';
import {
  along,
  chooseTile,
  eachPart,
  laneMask,
  openTile,
  range,
  spread,
  storeLanes,
  sumsOfLanes,
  tileContext,
  type TileContext,
} from './tile';

/** Bytes of images that are read again for each tile: they stay in the second cache. */
const passBytes = 2 ** 17;
/** Of all partial sums. */
const mostPartialBytes = 2 ** 24;
/** Steps of a tile, below which adding its lanes would show: small images are taken several at a time. */
const worthwhileSteps = 256;
/** Vectors of a row that are written out one after another. */
const mostUnrolled = 6;
/** Elements of a task of the second stage. */
const sumChunk = 4096;

/** What is read of x at a time: rows of some images, where they are or from a slab. */
interface Pass {
  readonly layout: SlabLayout | null;
  readonly rowBytes: number;
  readonly planeBytes: number;
  readonly imageBytes: number;
  /** At most so many images, or where it is one so many rows of ∂y. */
  readonly images: number;
  readonly rows: number;
}

function passOf(sizes: Convolution2dSizes, imagesOfPart: number): Pass {
  const { inputChannels, inputChannelsPerGroup, input, output, kernel, stride, padding, dilation } = sizes;
  const steps = output[0] * Math.ceil(output[1] / 4);
  const wanted = Math.min(imagesOfPart, Math.ceil(worthwhileSteps / steps));
  if (stride[1] === 1 && padding[0] === 0 && padding[1] === 0) {
    const planeBytes = 4 * input[0] * input[1];
    const row = { layout: null, rowBytes: 4 * input[1], planeBytes, imageBytes: inputChannels * planeBytes };
    return { ...row, images: wanted, rows: output[0] };
  }
  const offsets = range(kernel[1]).map((tap) => tap * dilation[1] - padding[1]);
  const layout = slabLayout(offsets, stride[1], output[1]);
  const span = (kernel[0] - 1) * dilation[0] + 1;
  const bytesOf = (rows: number): number => inputChannelsPerGroup * spread(((rows - 1) * stride[0] + span) * layout.rowBytes);
  const images = Math.max(1, Math.min(wanted, Math.floor(passBytes / bytesOf(output[0]))));
  let parts = 1;
  while (images === 1 && parts < output[0] && bytesOf(Math.ceil(output[0] / parts)) > passBytes) parts++;
  const rows = Math.ceil(output[0] / parts);
  const imageBytes = bytesOf(rows);
  return { layout, rowBytes: layout.rowBytes, planeBytes: imageBytes / inputChannelsPerGroup, imageBytes, images, rows };
}

interface PassPlace {
  /** Of the first image's first channel of the group: x where it is read; ∂y of the first row and channel; sums of the first channel. */
  readonly source: Int;
  readonly gradient: Int;
  readonly sums: Int;
  readonly images: Int;
  readonly rows: number;
  readonly channels: number;
}

/** Adds to the sums of a block of channels of ∂y what some images give. */
function writePass(writer: FunctionWriter, context: TileContext, sizes: Convolution2dSizes, pass: Pass, place: PassPlace): void {
  const { inputChannelsPerGroup, kernel, output } = sizes;
  const taps = kernel[0] * kernel[1];
  const together = taps >= 3 ? 1 : Math.min(inputChannelsPerGroup, 6 / taps);
  const planeOfGradient = 4 * output[0] * output[1];
  const size = chooseTile(context, place.channels, 4 * together * taps);
  const bytesOfOutput = 4 * inputChannelsPerGroup * taps;
  eachPart(writer, place.channels, size.rows, (channel, height) => {
    const gradient = writer.keep(along(place.gradient, channel, planeOfGradient));
    eachPart(writer, inputChannelsPerGroup, together, (input, inputs) => {
      const source = writer.keep(along(place.source, input, pass.planeBytes));
      const sums = writer.keep(along(along(place.sums, channel, bytesOfOutput), input, 4 * taps));
      const offsets = range(inputs).flatMap((plane) => tapOffsets(sizes, pass).map((offset) => offset + plane * pass.planeBytes));
      for (let first = 0; first < offsets.length; first += size.vectors) {
        const own = offsets.slice(first, first + size.vectors);
        const tile = openTile(writer, context, { rows: height, vectors: own.length });
        tile.clear();
        writeImages(writer, sizes, pass, { ...place, source, gradient }, (from, gradientAt, offset, masked) => {
          tile.step(
            (row) => masked(memory.v128(gradientAt, offset + row * planeOfGradient)),
            (tap) => masked(memory.v128(from, offset + own[tap]!)),
          );
        });
        for (const row of range(height)) {
          for (let tap = 0; tap < own.length; tap += 4) {
            const vectors = range(Math.min(4, own.length - tap)).map((lane) => tile.sum(row, tap + lane));
            const offset = row * bytesOfOutput + 4 * (first + tap);
            const sum = writer.keep(f32x4.add(memory.v128(sums, offset), sumsOfLanes(writer, vectors)));
            storeLanes(writer, { address: sums, offset }, sum, vectors.length);
          }
        }
      }
    });
  });
}

/** Bytes from where output 0 of a row begins to read to what it reads through each tap. */
function tapOffsets({ kernel, dilation, padding }: Convolution2dSizes, { layout, rowBytes }: Pass): number[] {
  return range(kernel[0]).flatMap((y) =>
    range(kernel[1]).map((x) => {
      const column = x * dilation[1];
      return y * dilation[0] * rowBytes + (layout ? columnBytes(layout, column - padding[1]) : 4 * column);
    }),
  );
}

/** Writes `step` for every vector of ∂y's rows: pointers into both images, an offset for both, and what blanks lanes past the row's end. */
function writeImages(
  writer: FunctionWriter,
  { output, outputChannels, stride }: Convolution2dSizes,
  pass: Pass,
  place: PassPlace,
  step: (source: Int, gradient: Int, offset: number, masked: (value: Vector) => Vector) => void,
): void {
  const width = output[1];
  const [vectors, tail] = [Math.floor(width / 4), width % 4];
  const plain = (value: Vector): Vector => value;
  const image = writer.local('i32');
  const row = writer.local('i32');
  writer.for(image, i32.constant(0), place.images, 1, () => {
    const rowSource = writer.keep(along(place.source, image, pass.imageBytes));
    const gradient = writer.keep(along(place.gradient, image, 4 * outputChannels * output[0] * width));
    writer.for(row, i32.constant(0), i32.constant(place.rows), 1, () => {
      let source: Int = rowSource;
      let done = 0;
      if (vectors > mostUnrolled) {
        const pointer = writer.keep(rowSource);
        done = vectors - (vectors % 4);
        const end = writer.keep(i32.add(pointer, i32.constant(16 * done)));
        writer.repeatWhile(
          () => i32.ne(pointer, end),
          () => {
            for (const vector of range(4)) step(pointer, gradient, 16 * vector, plain);
            writer.increase(pointer, 64);
            writer.increase(gradient, 64);
          },
        );
        source = pointer;
      }
      for (let vector = done; vector < vectors; vector++) step(source, gradient, 16 * (vector - done), plain);
      // Both are blanked: what stands behind may be no number.
      if (tail > 0) step(source, gradient, 16 * (vectors - done), (value) => v128.and(value, laneMask(tail)));
      writer.increase(gradient, 4 * (width - 4 * done));
      writer.increase(rowSource, stride[0] * pass.rowBytes);
    });
  });
}

/** Writes what a task does for one group's block of channels and one part of the images. */
function writeUnit(
  writer: FunctionWriter,
  context: TileContext,
  sizes: Convolution2dSizes,
  pass: Pass,
  place: Omit<PassPlace, 'images' | 'rows'>,
  { images: imagesOfPart, scratch }: { readonly images: Int; readonly scratch: Int },
): void {
  const { inputChannels, inputChannelsPerGroup, outputChannels, input, output, kernel, stride, padding, dilation } = sizes;
  const constant = i32.constant;
  writer.fillMemory(place.sums, constant(0), constant(4 * place.channels * inputChannelsPerGroup * kernel[0] * kernel[1]));
  const first = writer.local('i32');
  const planes = 4 * input[0] * input[1];
  writer.for(first, constant(0), imagesOfPart, pass.images, () => {
    const images = writer.keep(i32.lesserU(writer.keep(i32.sub(imagesOfPart, first)), constant(pass.images)));
    const image = writer.keep(along(place.source, first, inputChannels * planes));
    const gradient = writer.keep(along(place.gradient, first, 4 * outputChannels * output[0] * output[1]));
    eachPart(writer, output[0], pass.rows, (top, rows) => {
      const { layout } = pass;
      if (layout) {
        const copied = writer.local('i32');
        writer.for(copied, constant(0), images, 1, () => {
          writeSlabCopy(writer, {
            ...{ layout, planes: inputChannelsPerGroup, planeBytes: pass.planeBytes, height: input[0], columns: input[1] },
            source: writer.keep(along(image, copied, inputChannels * planes)),
            target: writer.keep(along(scratch, copied, pass.imageBytes)),
            firstRow: writer.keep(i32.sub(i32.mul(top, constant(stride[0])), constant(padding[0]))),
            rows: (rows - 1) * stride[0] + (kernel[0] - 1) * dilation[0] + 1,
          });
        });
      }
      writePass(writer, context, sizes, pass, {
        ...{ ...place, images, rows },
        source: layout ? scratch : writer.keep(along(image, top, stride[0] * pass.rowBytes)),
        gradient: writer.keep(along(gradient, top, 4 * output[1])),
      });
    });
  });
}

/** Adds partial sums in order. */
function sumStage(elements: number, partials: number, from: number, to: number): Stage {
  const write: Stage['write'] = (writer, task) => {
    const first = writer.keep(i32.mul(task, i32.constant(4 * sumChunk)));
    const end = writer.keep(i32.lesserU(writer.keep(i32.add(first, i32.constant(4 * sumChunk))), i32.constant(4 * (elements & ~3))));
    const place = writer.local('i32');
    const sum = writer.local('v128');
    const add = (): void => {
      writer.set(sum, memory.v128(place, from));
      for (let part = 1; part < partials; part++) writer.set(sum, f32x4.add(sum, memory.v128(place, from + part * 4 * elements)));
    };
    writer.for(place, first, end, 16, () => {
      add();
      writer.storeVector(place, sum, to);
    });
    if (elements % 4 > 0) {
      writer.if(i32.eq(task, i32.constant(Math.ceil(elements / sumChunk) - 1)), () => {
        writer.set(place, i32.constant(4 * (elements & ~3)));
        add();
        storeLanes(writer, { address: place, offset: to }, sum, elements % 4);
      });
    }
  };
  return { name: 'sum', tasks: Math.ceil(elements / sumChunk), write };
}

function planDots(sizes: Convolution2dSizes, features: CpuFeatures): OperationPlan {
  const { batch, groups, inputChannels, outputChannels, outputChannelsPerGroup, inputChannelsPerGroup, kernel, input, output } = sizes;
  const bytesOfOutput = 4 * inputChannelsPerGroup * kernel[0] * kernel[1];
  const bytes = outputChannels * bytesOfOutput;
  // Whole images to a task where there are many, blocks of channels where the weights are many.
  const tasks = 2 * wantedTasks;
  const affordable = Math.max(1, Math.min(batch, Math.floor(mostPartialBytes / bytes)));
  const blocksOf = (channels: number): number => Math.max(1, Math.floor(outputChannelsPerGroup / channels));
  const imagesPerPart = Math.ceil(batch / Math.min(affordable, Math.ceil(tasks / (groups * blocksOf(32)))));
  const parts = Math.ceil(batch / imagesPerPart);
  const blocks = Math.min(blocksOf(8), Math.max(blocksOf(32), Math.ceil(tasks / (parts * groups))));
  const wanted = Math.ceil(outputChannelsPerGroup / blocks);
  const channels = groups === 1 ? wanted : divisorUpTo(outputChannelsPerGroup, wanted);
  const blocksPerGroup = Math.ceil(outputChannelsPerGroup / channels);
  const units = groups * blocksPerGroup;
  const perTask = Math.max(1, Math.floor((units * parts) / (4 * wantedTasks)));
  const tasksPerPart = Math.ceil(units / perTask);
  const pass = passOf(sizes, imagesPerPart);
  return {
    variant: `dots, ${String(parts)} parts, ${String(channels)} channels`,
    sharedScratch: parts > 1 ? [parts * bytes] : [],
    threadScratch: pass.layout ? pass.images * pass.imageBytes + 64 : 0,
    filled: parts > 1 ? sumChunk : (perTask * channels * bytesOfOutput) / 4,
    stages: ({ inputs, output: result, scratch }) => {
      const target = parts > 1 ? scratch[0]! : result;
      const write: Stage['write'] = (writer, task, own) => {
        const constant = i32.constant;
        const context = tileContext(writer, features, own);
        const part = writer.keep(i32.divU(task, constant(tasksPerPart)));
        const first = writer.keep(i32.mul(i32.sub(task, i32.mul(part, constant(tasksPerPart))), constant(perTask)));
        const last = writer.keep(i32.lesserU(writer.keep(i32.add(first, constant(perTask))), constant(units)));
        const firstImage = writer.keep(i32.mul(part, constant(imagesPerPart)));
        const images = writer.keep(i32.lesserU(writer.keep(i32.sub(constant(batch), firstImage)), constant(imagesPerPart)));
        const unit = writer.local('i32');
        writer.for(unit, first, last, 1, () => {
          const group = writer.keep(i32.divU(unit, constant(blocksPerGroup)));
          const block = writer.keep(i32.sub(unit, i32.mul(group, constant(blocksPerGroup))));
          const inputPlane = i32.add(i32.mul(firstImage, constant(inputChannels)), i32.mul(group, constant(inputChannelsPerGroup)));
          const channel = writer.keep(i32.add(i32.mul(group, constant(outputChannelsPerGroup)), i32.mul(block, constant(channels))));
          const outputPlane = i32.add(i32.mul(firstImage, constant(outputChannels)), channel);
          const place = {
            source: writer.keep(along(constant(inputs[0]!), inputPlane, 4 * input[0] * input[1])),
            gradient: writer.keep(along(constant(inputs[1]!), outputPlane, 4 * output[0] * output[1])),
            sums: writer.keep(along(along(constant(target), part, bytes), channel, bytesOfOutput)),
          };
          const rest = outputChannelsPerGroup % channels;
          const unitOf = (count: number): void =>
            writeUnit(writer, context, sizes, pass, { ...place, channels: count }, { images, scratch: own });
          if (rest === 0) unitOf(channels);
          else if (blocksPerGroup === 1) unitOf(rest);
          else
            writer.if(
              i32.eq(block, constant(blocksPerGroup - 1)),
              () => unitOf(rest),
              () => unitOf(channels),
            );
        });
      };
      const dots = { name: 'dots', tasks: parts * tasksPerPart, write };
      return parts > 1 ? [dots, sumStage(bytes / 4, parts, target, result)] : [dots];
    },
  };
}

export const planWeightGradient: OperationPlanner<WeightGradientAttributes> = ({ inputs, output, features }, attributes) => {
  const [x, gradient] = [inputs[0]!, inputs[1]!];
  const sizes = convolution2dSizes('convolution2dWeightGradient', { input: x.shape, weight: output.shape }, attributes);
  if (sizeOf(output.shape) === 0) return planNothing();
  if (sizes.batch === 0) return planZeros(sizeOf(output.shape));
  if (isProduct(sizes)) {
    const given = { inputs: [asMatrix(gradient), asMatrix(x)], output: asMatrix(output), features };
    const plan = planMatrixProduct(given, { transposeA: true, transposeB: false });
    return { ...plan, stages: ({ inputs: [a, b], ...places }) => plan.stages({ ...places, inputs: [b!, a!] }) };
  }
  return planDots(sizes, features);
};
