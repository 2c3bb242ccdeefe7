// Writes the templates that repeat themselves (resources/templates/*.json) from short descriptions:  node scripts/make-templates.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/**
 * @typedef {Record<string, number | boolean | string | number[]>} Parameters
 * @typedef {{ id: string, kind: string, version: number, parameters: Parameters }} Node
 * @typedef {{ from: string, to: string, port: number }} Edge
 */

/** A network that is drawn from its input to its output; `node` and `chain` give the id of the node that they drew last. */
function emptyDrawing() {
  /** @type {Node[]} */
  const nodes = [];
  /** @type {Edge[]} */
  const edges = [];

  /** @param {string} id @param {string} kind @param {string[]} inputs @param {Parameters} [parameters] */
  const node = (id, kind, inputs, parameters = {}) => {
    nodes.push({ id, kind, version: 1, parameters });
    inputs.forEach((from, port) => edges.push({ from, to: id, port }));
    return id;
  };

  /** @param {string} from @param {readonly (readonly [id: string, kind: string, parameters?: Parameters])[]} layers */
  const chain = (from, ...layers) => layers.reduce((last, [id, kind, parameters]) => node(id, kind, [last], parameters), from);

  return { nodes, edges, node, chain };
}
/** @typedef {ReturnType<typeof emptyDrawing>} Drawing */

/** A square window that keeps the size of the picture. @param {number} outChannels @param {number} size @param {Parameters} [more] @returns {Parameters} */
const convolution = (outChannels, size, more = {}) => ({
  outChannels,
  kernelSize: [size, size],
  padding: [(size - 1) / 2, (size - 1) / 2],
  initializer: 'he-normal',
  ...more,
});

/** @param {number} size @param {number} stride @returns {Parameters} */
const pool = (size, stride) => ({ kernelSize: [size, size], stride: [stride, stride] });

/** @param {number} units @returns {Parameters} */
const beforeRelu = (units) => ({ units, initializer: 'he-normal' });

/** @param {Drawing} net */
function alexNet(net) {
  const picture = net.node('input', 'input', [], { shape: [3, 32, 32] });
  const features = net.chain(
    picture,
    ['conv1', 'conv2d', convolution(32, 5)],
    ['relu1', 'relu'],
    ['norm1', 'local-response-norm'],
    ['pool1', 'max-pool', pool(3, 2)],
    ['conv2', 'conv2d', convolution(64, 5, { groups: 2 })],
    ['relu2', 'relu'],
    ['norm2', 'local-response-norm'],
    ['pool2', 'max-pool', pool(3, 2)],
    ['conv3', 'conv2d', convolution(96, 3)],
    ['relu3', 'relu'],
    ['conv4', 'conv2d', convolution(96, 3, { groups: 2 })],
    ['relu4', 'relu'],
    ['conv5', 'conv2d', convolution(64, 3, { groups: 2 })],
    ['relu5', 'relu'],
    ['pool5', 'max-pool', pool(3, 2)],
    ['flatten', 'flatten'],
  );
  net.chain(
    features,
    ['drop6', 'dropout', { probability: 0.5 }],
    ['dense6', 'dense', beforeRelu(256)],
    ['relu6', 'relu'],
    ['drop7', 'dropout', { probability: 0.5 }],
    ['dense7', 'dense', beforeRelu(256)],
    ['relu7', 'relu'],
    ['dense8', 'dense', { units: 10 }],
  );
}

/** Configuration A of the paper with a quarter of its channels, and batch norm. @param {Drawing} net */
function vgg11(net) {
  let last = net.node('input', 'input', [], { shape: [3, 32, 32] });
  const blocks = [[16], [32], [64, 64], [128, 128], [128, 128]];
  let number = 0;
  blocks.forEach((widths, block) => {
    for (const channels of widths) {
      number += 1;
      last = net.chain(
        last,
        [`conv${number}`, 'conv2d', convolution(channels, 3, { bias: false })],
        [`norm${number}`, 'batch-norm'],
        [`relu${number}`, 'relu'],
      );
    }
    last = net.node(`pool${block + 1}`, 'max-pool', [last], pool(2, 2));
  });
  net.chain(
    last,
    ['flatten', 'flatten'],
    ['dense1', 'dense', beforeRelu(128)],
    ['relu9', 'relu'],
    ['drop1', 'dropout', { probability: 0.5 }],
    ['dense2', 'dense', beforeRelu(128)],
    ['relu10', 'relu'],
    ['drop2', 'dropout', { probability: 0.5 }],
    ['dense3', 'dense', { units: 10 }],
  );
}

/** Section 4.2 of the paper, n = 3, with a 1×1 convolution on the skip path where the size changes. @param {Drawing} net */
function resNet20(net) {
  let last = net.chain(
    net.node('input', 'input', [], { shape: [3, 32, 32] }),
    ['stem-conv', 'conv2d', convolution(16, 3, { bias: false })],
    ['stem-norm', 'batch-norm'],
    ['stem-relu', 'relu'],
  );
  [16, 32, 64].forEach((channels, stage) => {
    for (const block of [1, 2, 3]) {
      const name = `s${stage + 1}b${block}`;
      const narrows = stage > 0 && block === 1;
      const stride = narrows ? [2, 2] : [1, 1];
      const branch = net.chain(
        last,
        [`${name}-conv1`, 'conv2d', convolution(channels, 3, { stride, bias: false })],
        [`${name}-norm1`, 'batch-norm'],
        [`${name}-relu1`, 'relu'],
        [`${name}-conv2`, 'conv2d', convolution(channels, 3, { bias: false })],
        [`${name}-norm2`, 'batch-norm'],
      );
      const skip = narrows
        ? net.chain(
            last,
            [`${name}-skip-conv`, 'conv2d', convolution(channels, 1, { stride, bias: false })],
            [`${name}-skip-norm`, 'batch-norm'],
          )
        : last;
      last = net.chain(net.node(`${name}-add`, 'add', [branch, skip]), [`${name}-relu2`, 'relu']);
    }
  });
  net.chain(last, ['pool', 'average-pool', pool(8, 8)], ['flatten', 'flatten'], ['dense', 'dense', { units: 10 }]);
}

/** @param {Drawing} net */
function autoEncoder(net) {
  net.chain(
    net.node('input', 'input', [], { shape: [1, 28, 28] }),
    ['flatten', 'flatten'],
    ['encoder1', 'dense', beforeRelu(128)],
    ['relu1', 'relu'],
    ['code', 'dense', { units: 16 }],
    ['decoder1', 'dense', beforeRelu(128)],
    ['relu2', 'relu'],
    ['decoder2', 'dense', { units: 784, initializer: 'xavier-uniform' }],
    ['sigmoid', 'sigmoid'],
    ['reshape', 'reshape', { shape: [1, 28, 28] }],
  );
}

/** Ten gated layers of equal width; each lets through what it does not change. @param {Drawing} net */
function highway(net) {
  let last = net.chain(
    net.node('input', 'input', [], { shape: [1, 28, 28] }),
    ['flatten', 'flatten'],
    ['dense', 'dense', beforeRelu(48)],
    ['relu', 'relu'],
  );
  for (let layer = 1; layer <= 10; layer++) {
    const changed = net.chain(last, [`h${layer}-dense`, 'dense', beforeRelu(48)], [`h${layer}-relu`, 'relu']);
    const gate = net.chain(
      last,
      [`h${layer}-gate`, 'dense', { units: 48 }],
      [`h${layer}-shift`, 'expression', { formula: 'sigmoid(x - 2)' }],
    );
    last = net.node(`h${layer}-mix`, 'expression', [gate, changed, last], { formula: 'x * y + (1 - x) * z' });
  }
  net.node('output', 'dense', [last], { units: 10 });
}

/** Reads a sequence, then says which class it is. @param {Drawing} net */
function lstmClassifier(net) {
  net.chain(
    net.node('input', 'input', [], { shape: [20], content: 'tokens', vocabulary: 8 }),
    ['embedding', 'embedding', { vocabulary: 8, features: 8 }],
    ['lstm', 'lstm', { units: 32, output: 'last' }],
    ['dense', 'dense', { units: 4 }],
  );
}

/** The characters that occur in the text. */
const characters = 72;

/** Guesses each next character of a text. @param {Drawing} net */
function characterLstm(net) {
  net.chain(
    net.node('input', 'input', [], { shape: [64], content: 'tokens', vocabulary: characters }),
    ['embedding', 'embedding', { vocabulary: characters, features: 32 }],
    ['lstm1', 'lstm', { units: 128, output: 'sequence' }],
    ['lstm2', 'lstm', { units: 128, output: 'sequence' }],
    ['dense', 'dense', { units: characters }],
  );
}

/** A decoder of the paper in its later form, with the norm before each part. @param {Drawing} net */
function transformer(net) {
  const features = 64;
  let last = net.chain(
    net.node('input', 'input', [], { shape: [64], content: 'tokens', vocabulary: characters }),
    ['embedding', 'embedding', { vocabulary: characters, features }],
    ['position', 'positional-encoding', { encoding: 'learned' }],
  );
  for (const block of [1, 2]) {
    const attended = net.chain(
      last,
      [`b${block}-norm1`, 'layer-norm'],
      [`b${block}-attention`, 'multi-head-attention', { heads: 4, causal: true }],
    );
    const middle = net.node(`b${block}-add1`, 'add', [last, attended]);
    const transformed = net.chain(
      middle,
      [`b${block}-norm2`, 'layer-norm'],
      [`b${block}-dense1`, 'dense', { units: 4 * features }],
      [`b${block}-gelu`, 'gelu'],
      [`b${block}-dense2`, 'dense', { units: features }],
    );
    last = net.node(`b${block}-add2`, 'add', [middle, transformed]);
  }
  net.chain(last, ['norm', 'layer-norm'], ['dense', 'dense', { units: characters }]);
}

/** What a template is trained with where it does not say otherwise. */
const training = {
  batchSize: 32,
  epochs: 10,
  loss: { kind: 'softmax-cross-entropy', parameters: {} },
  optimizer: { kind: 'adam', parameters: {} },
  learningRate: 0.001,
  weightDecay: 0,
  seed: 1,
  order: 'shuffled',
};

/** @type {{ id: string, name: string, description: string, draw: (net: Drawing) => void, training: object, dataset: string }[]} */
const templates = [
  {
    id: 'alexnet-32',
    name: 'AlexNet for 32×32',
    description:
      'Five convolutions and three dense layers with overlapping pooling, two groups, local response norm and dropout, as in the network that won ImageNet in 2012 (Krizhevsky et al.), at a third of its width.',
    draw: alexNet,
    training: { ...training, optimizer: { kind: 'momentum', parameters: { momentum: 0.9 } }, learningRate: 0.01, weightDecay: 0.0005 },
    dataset: 'coloured-shapes',
  },
  {
    id: 'vgg-11',
    name: 'VGG-11',
    description:
      'Eight convolutions of 3×3 in five blocks, each block half as large and deeper, then three dense layers (Simonyan and Zisserman, 2015), with batch norm and a quarter of the channels.',
    draw: vgg11,
    training,
    dataset: 'coloured-shapes',
  },
  {
    id: 'resnet-20',
    name: 'ResNet-20',
    description:
      'Nineteen convolutions and a dense layer: nine residual blocks, each of which learns what to add to its input, so that depth costs little (He et al., 2016).',
    draw: resNet20,
    training: { ...training, optimizer: { kind: 'momentum', parameters: { momentum: 0.9 } }, learningRate: 0.1, weightDecay: 0.0001 },
    dataset: 'coloured-shapes',
  },
  {
    id: 'highway',
    name: 'Highway network',
    description:
      'Ten dense layers with gates that carry past what a layer need not change, so that the gradient arrives at the first of them (Srivastava, Greff and Schmidhuber, 2015).',
    draw: highway,
    training: { ...training, batchSize: 128 },
    dataset: 'mnist',
  },
  {
    id: 'auto-encoder',
    name: 'Auto-encoder',
    description:
      'Squeezes a digit into 16 numbers and draws it again from them; what it is compared with is its own input (Hinton and Salakhutdinov, 2006).',
    draw: autoEncoder,
    training: { ...training, batchSize: 128, loss: { kind: 'mean-squared-error', parameters: {} }, target: 'input' },
    dataset: 'mnist',
  },
  {
    id: 'lstm-classifier',
    name: 'LSTM classifier',
    description:
      'Reads twenty symbols one after the other and keeps in mind the two that matter, though they lie far apart: what long short-term memory was invented for (Hochreiter and Schmidhuber, 1997).',
    draw: lstmClassifier,
    training: { ...training, epochs: 3, learningRate: 0.01, clipNorm: 1 },
    dataset: 'temporal-order',
  },
  {
    id: 'character-lstm',
    name: 'Character LSTM',
    description: 'Two layers of memory guess each next character of a text by Newton (after Graves, 2013, and Karpathy, 2015).',
    draw: characterLstm,
    training: { ...training, learningRate: 0.002, clipNorm: 5 },
    dataset: 'opticks-queries',
  },
  {
    id: 'transformer',
    name: 'Small transformer',
    description:
      'Guesses each next character of a text by Newton: every place looks back at all places before it, in two blocks of four heads each (Vaswani et al., 2017).',
    draw: transformer,
    training: { ...training, optimizer: { kind: 'adamw', parameters: {} }, weightDecay: 0.01, clipNorm: 1 },
    dataset: 'opticks-queries',
  },
];

/** The content of each template's file, by its name. @returns {Promise<Map<string, string>>} */
export async function templateFiles() {
  const files = new Map();
  for (const { id, name, description, draw, training: settings, dataset } of templates) {
    const net = emptyDrawing();
    draw(net);
    const document = { format: 'hebb-model', version: 1, name, nodes: net.nodes, edges: net.edges };
    const content = { document, training: settings, dataset: { id: dataset }, layout: {} };
    const path = fileURLToPath(new URL(`../resources/templates/${id}.json`, import.meta.url));
    const options = await resolveConfig(path);
    files.set(path, await format(JSON.stringify({ id, name, description, content }, null, 2), { ...options, parser: 'json' }));
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await templateFiles()) {
    if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== text) writeFileSync(path, text);
  }
}
