/** The networks and optimizers on which training is compared: those that the workbench offers as templates. */
import lenet from '../../../resources/templates/lenet-5.json';
import mlp from '../../../resources/templates/mlp.json';
import residual from '../../../resources/templates/residual.json';
import * as v from 'valibot';
import { modelDocumentSchema } from '../../graph/model-document';
import type { TrainingSettings } from '../../graph/training-settings';
import { parityCase, type ParityCase } from './training-parity';

const networks = [
  ['MLP', mlp],
  ['LeNet-5', lenet],
  ['Residual net', residual],
] as const;

const optimizers: readonly (readonly [string, Partial<TrainingSettings>])[] = [
  ['SGD', { optimizer: { kind: 'sgd', parameters: {} }, learningRate: 0.01 }],
  ['momentum and weight decay', { optimizer: { kind: 'momentum', parameters: { momentum: 0.9 } }, learningRate: 0.002, weightDecay: 1e-4 }],
  ['Adam', { optimizer: { kind: 'adam', parameters: {} }, learningRate: 0.0005 }],
];

export const parityCases: readonly ParityCase[] = [
  ...networks.flatMap(([network, template]) =>
    optimizers.map(([optimizer, settings]) =>
      parityCase(`${network}, ${optimizer}`, v.parse(modelDocumentSchema, template.content.document), settings),
    ),
  ),
  parityCase('MLP, mean squared error', v.parse(modelDocumentSchema, mlp.content.document), {
    loss: { kind: 'mean-squared-error', parameters: {} },
    optimizer: { kind: 'momentum', parameters: {} },
    learningRate: 0.05,
  }),
];
