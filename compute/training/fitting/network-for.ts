/**
 * A small network for data of any form: what is proposed where no change of the open network's ends would make it fit. Images
 * get two convolutions, tokens a memory, all else dense layers. Pure.
 */
import { emptyDocument, type ModelDocument, type ModelNode } from '../../graph/model-document';
import { layers } from '../../layers/registry';
import type { DataForm } from './adapt-network';

type Parameters = ModelNode['parameters'];
type Step = readonly [id: string, kind: string, parameters?: Parameters];

/** Pixels a side, below which two times pooling would leave nothing. */
const smallestImage = 8;
const he: Parameters = { initializer: 'he-uniform' };

function imageSteps(): Step[] {
  const convolution = (outChannels: number): Parameters => ({ ...he, outChannels, kernelSize: [3, 3], padding: [1, 1] });
  const pool: Parameters = { kernelSize: [2, 2], stride: [2, 2] };
  return [
    ['conv1', 'conv2d', convolution(16)],
    ['relu1', 'relu'],
    ['pool1', 'max-pool', pool],
    ['conv2', 'conv2d', convolution(32)],
    ['relu2', 'relu'],
    ['pool2', 'max-pool', pool],
    ['flatten', 'flatten'],
    ['dense1', 'dense', { ...he, units: 64 }],
    ['relu3', 'relu'],
  ];
}

function stepsFor({ sampleShape, sampleType, vocabulary, isSequence }: DataForm): Step[] {
  if (sampleType === 'i32')
    return [
      ['embedding', 'embedding', { vocabulary, features: 32 }],
      ['lstm', 'lstm', { units: 64, output: isSequence ? 'sequence' : 'last' }],
    ];
  const [height = 0, width = 0] = sampleShape.slice(-2);
  if (sampleShape.length === 3 && Math.min(height, width) >= smallestImage) return imageSteps();
  return [
    ...(sampleShape.length > 1 ? [['flatten', 'flatten'] as const] : []),
    ['dense1', 'dense', { ...he, units: 32 }],
    ['relu1', 'relu'],
    ['dense2', 'dense', { ...he, units: 32 }],
    ['relu2', 'relu'],
  ];
}

/** A chain from the samples to as many numbers as the form has outputs. */
export function networkFor(name: string, form: DataForm): ModelDocument {
  const { sampleShape, sampleType, vocabulary, outputs } = form;
  const steps: readonly Step[] = [
    ['input', 'input', { shape: sampleShape, ...(sampleType === 'i32' ? { content: 'tokens', vocabulary } : {}) }],
    ...stepsFor(form),
    ['output', 'dense', { units: Math.max(1, outputs) }],
  ];
  return {
    ...emptyDocument(name),
    nodes: steps.map(([id, kind, parameters = {}]) => ({ id, kind, version: layers.get(kind)?.version ?? 1, parameters })),
    edges: steps.slice(1).map(([to], index) => ({ from: steps[index]?.[0] ?? '', to, port: 0 })),
  };
}
