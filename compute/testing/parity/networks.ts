/** The networks and optimizers on which training is compared: those that the workbench offers as templates. */
import alexNet from '../../../resources/templates/alexnet-32.json';
import autoEncoder from '../../../resources/templates/auto-encoder.json';
import characterLstm from '../../../resources/templates/character-lstm.json';
import highway from '../../../resources/templates/highway.json';
import lenet from '../../../resources/templates/lenet-5.json';
import logisticRegression from '../../../resources/templates/logistic-regression.json';
import lstmClassifier from '../../../resources/templates/lstm-classifier.json';
import mlp from '../../../resources/templates/mlp.json';
import residual from '../../../resources/templates/residual.json';
import resNet20 from '../../../resources/templates/resnet-20.json';
import transformer from '../../../resources/templates/transformer.json';
import vgg11 from '../../../resources/templates/vgg-11.json';
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../graph/model-document';
import type { TrainingSettings } from '../../graph/training-settings';
import { narrowed } from './narrowed';
import { parityCase, type ParityCase } from './training-parity';

type Settings = Partial<TrainingSettings>;

const documentOf = ({ content }: { readonly content: { readonly document: unknown } }): ModelDocument =>
  v.parse(modelDocumentSchema, content.document);

const sgd: Settings = { optimizer: { kind: 'sgd', parameters: {} }, learningRate: 0.01 };
const momentum: Settings = { optimizer: { kind: 'momentum', parameters: { momentum: 0.9 } }, learningRate: 0.002, weightDecay: 1e-4 };
const adam: Settings = { optimizer: { kind: 'adam', parameters: {} }, learningRate: 0.0005 };
const meanSquaredError: Settings = { loss: { kind: 'mean-squared-error', parameters: {} } };

const casesOf = (whole: boolean): readonly ParityCase[] => {
  const fitted = (document: ModelDocument, divisor: number): ModelDocument => narrowed(document, whole ? 1 : divisor);
  return [
    ...[sgd, momentum, adam].map((settings) => parityCase(`MLP, ${settings.optimizer?.kind ?? ''}`, documentOf(mlp), settings)),
    parityCase('MLP, mean squared error', documentOf(mlp), { ...momentum, ...meanSquaredError, learningRate: 0.05 }),
    parityCase('Logistic regression', documentOf(logisticRegression), adam),
    parityCase('LeNet-5', documentOf(lenet), momentum),
    parityCase('Residual net', documentOf(residual), adam),
    // Its nineteen layers with batch norm amplify rounding: at greater rates PyTorch in float32 leaves itself in float64 by 1e-3.
    parityCase('ResNet-20', fitted(documentOf(resNet20), 4), { ...sgd, learningRate: whole ? 0.002 : 0.0005, batchSize: 8 }),
    parityCase('VGG-11', fitted(documentOf(vgg11), 8), sgd),
    // The rate was chosen of five so that no ReLU or maximum switches by rounding within the steps. At 0.002 the
    // CPU left PyTorch by 1.1e-2, at 0.005 WebGPU by 1.3e-3, at 0.008 both together by 7.6e-2, each at once after agreeing to 1e-6.
    parityCase('AlexNet for 32×32', fitted(documentOf(alexNet), 8), { ...momentum, learningRate: 0.003 }),
    parityCase('Highway network', fitted(documentOf(highway), 4), { ...momentum, learningRate: 0.02 }),
    parityCase('Auto-encoder', fitted(documentOf(autoEncoder), 2), { ...adam, ...meanSquaredError, target: 'input', learningRate: 0.002 }),
    parityCase('LSTM classifier', fitted(documentOf(lstmClassifier), 4), { ...adam, learningRate: 0.01 }, { classes: 4 }),
    parityCase(
      'LSTM classifier, class weights',
      fitted(documentOf(lstmClassifier), 4),
      {
        ...adam,
        learningRate: 0.01,
        loss: { kind: 'softmax-cross-entropy', parameters: { labelSmoothing: 0.1, classWeights: [0.5, 2, 1, 4] } },
      },
      { classes: 4 },
    ),
    parityCase('Character LSTM', fitted(documentOf(characterLstm), 8), { ...adam, learningRate: 0.02, batchSize: 2 }, { classes: 2 }),
    // Not Adam: the gradient of the bias of the keys is 0 but for rounding, which Adam would divide by itself.
    parityCase('Small transformer', fitted(documentOf(transformer), 8), { ...momentum, learningRate: 0.05, batchSize: 2 }, { classes: 2 }),
  ];
};

/** The large ones narrowed: 100 steps of them take minutes in float64, and in float32 PyTorch leaves itself in float64 (AlexNet wholly). */
export const parityCases = casesOf(false);

/** What is compared in float64: with HEBB_FULL=1 (npm run test:full) the whole networks. */
export const float64Cases = process.env['HEBB_FULL'] === '1' ? casesOf(true) : parityCases;
