/** Data on which training can be compared: drawn from a name, and regular enough to be learned in 100 small steps. */
import type { ModelDocument } from '../../graph/model-document';
import { sizeOf } from '../../graph/tensor';
import { analyseNetwork } from '../../layers/network';
import type { DatasetInMemory } from '../../training/dataset';
import { draw } from '../draw';

export interface DrawnData {
  readonly name: string;
  readonly document: ModelDocument;
  readonly samples: number;
  readonly classes: number;
  /** Numbers to tell of each sample instead of its class: none if absent. */
  readonly targets?: number;
}

/** A coarse picture for each class, and noise. */
function drawPictures(name: string, shape: readonly number[], labels: Int32Array, classes: number): Float32Array {
  const size = sizeOf(shape);
  const width = shape.at(-1) ?? 1;
  const noise = draw(`${name} noise`, [labels.length, size], [0, 0.3]);
  const pictures = draw(`${name} pictures`, [classes, size], [0, 0.7]);
  return Float32Array.from(noise, (value, index) => {
    const place = index % size;
    // Squares of 4 × 4 pixels are alike.
    const square = (Math.floor(place / width / 4) * width + Math.floor((place % width) / 4)) * 4;
    return value + (pictures[(labels[Math.floor(index / size)] ?? 0) * size + square] ?? 0);
  });
}

/** Tokens, most of which go on from one to the next as the class of their sequence says; [samples, steps]. */
function drawTokens(name: string, steps: number, labels: Int32Array, vocabulary: number): Int32Array {
  const strays = draw(`${name} tokens`, [labels.length, steps], [0, 4 * vocabulary]);
  return Int32Array.from(strays, (stray, index) => {
    const label = labels[Math.floor(index / steps)] ?? 0;
    return stray < vocabulary ? Math.floor(stray) : ((index % steps) * (label + 1) + label) % vocabulary;
  });
}

/** A training split, for a network of numbers or of tokens, with a class a sample or, where the output has steps, the next token a step. */
export function drawDataset({ name, document, samples, classes, targets = 0 }: DrawnData): DatasetInMemory {
  const { input, nodes, outputShape } = analyseNetwork(document);
  const { outputShape: sampleShape = null, vocabulary = null } = nodes.get(input ?? '') ?? {};
  const shape = sampleShape ?? [];
  const labels = Int32Array.from({ length: samples }, (_, index) => index % classes);
  const none = { count: 0, samples: new Float32Array(), labels: new Int32Array() };
  const named = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  if (vocabulary === null) {
    const data = drawPictures(name, shape, labels, classes);
    if (targets > 0) {
      // They follow from the class, so that they can be learned.
      const ofClasses = draw(`${name} targets`, [classes, targets], [-1, 1]);
      const numbers = Float32Array.from(
        { length: samples * targets },
        (_, place) => ofClasses[(labels[Math.floor(place / targets)] ?? 0) * targets + (place % targets)] ?? 0,
      );
      const splits = { train: { count: samples, samples: data, labels: numbers }, validation: none, test: none };
      const targetNames = named(targets);
      return { name, sampleShape: shape, sampleType: 'f32', labelShape: [targets], classes: [], targetNames, splits };
    }
    const splits = { train: { count: samples, samples: data, labels }, validation: none, test: none };
    return { name, sampleShape: shape, sampleType: 'f32', classes: named(classes), splits };
  }
  const [steps = 1] = shape;
  const noTokens = { ...none, samples: new Int32Array() };
  if (outputShape?.length !== 2) {
    const tokens = drawTokens(name, steps, labels, vocabulary);
    const splits = { train: { count: samples, samples: tokens, labels }, validation: noTokens, test: noTokens };
    return { name, sampleShape: shape, sampleType: 'i32', vocabulary, classes: named(classes), splits };
  }
  const text = drawTokens(name, steps + 1, labels, vocabulary);
  const from = (first: number) =>
    Int32Array.from({ length: samples * steps }, (_, index) => text[index + Math.floor(index / steps) + first] ?? 0);
  const splits = { train: { count: samples, samples: from(0), labels: from(1) }, validation: noTokens, test: noTokens };
  return { name, sampleShape: shape, sampleType: 'i32', vocabulary, labelShape: shape, classes: named(vocabulary), splits };
}
