import { describe, expect, test } from 'vitest';
import texts from '../../resources/locales/en/problems.compute.json';
import type { ModelDocument, ModelEdge, ModelNode } from '../graph/model-document';
import { ProblemError, type Problem } from '../graph/problem';
import { constant } from '../ops/constant.op';
import { analyseNetwork, buildNetwork, weightsOf } from './network';

type Parameters = ModelNode['parameters'];
const node = (id: string, kind: string, parameters: Parameters = {}, version = 1): ModelNode => ({ id, kind, version, parameters });
const edge = (from: string, to: string, port = 0): ModelEdge => ({ from, to, port });
const documentOf = (nodes: readonly ModelNode[], edges: readonly ModelEdge[]): ModelDocument => ({
  format: 'hebb-model',
  version: 1,
  name: 'test',
  nodes,
  edges,
});

const image = node('input', 'input', { shape: [1, 8, 8] });
const flatten = node('flatten', 'flatten');
const dense = node('dense', 'dense', { units: 3 });
const good = documentOf([image, flatten, dense], [edge('input', 'flatten'), edge('flatten', 'dense')]);

/** The text that a person reads; fails where there is none or a fact is missing from it. */
function textOf({ code, values }: Problem): string {
  const [space = '', name = ''] = code.split('.');
  const group: Readonly<Record<string, string>> | undefined = (
    texts.problems as Readonly<Record<string, Readonly<Record<string, string>>>>
  )[space];
  const text = group?.[name];
  if (text === undefined) throw new Error(`There is no text for ${code}.`);
  return text.replace(/\{(\w+)\}/g, (_, fact: string) => {
    if (!(fact in values)) throw new Error(`${code} gives no ${fact}.`);
    return String(values[fact]);
  });
}

describe('a good network', () => {
  test('has shapes, counts and one output', () => {
    const analysis = analyseNetwork(good);
    expect(analysis).toMatchObject({
      valid: true,
      problems: [],
      input: 'input',
      output: 'dense',
      outputShape: [3],
      parameterCount: 3 * 64 + 3,
    });
    expect(analysis.order).toEqual(['input', 'flatten', 'dense']);
    expect(analysis.nodes.get('flatten')).toMatchObject({ inputShapes: [[1, 8, 8]], outputShape: [64], parameterCount: 0 });
  });

  test('is ordered by its edges, whatever the order of its nodes', () => {
    const { order } = analyseNetwork({ ...good, nodes: [...good.nodes].reverse() });
    expect(order).toEqual(['input', 'flatten', 'dense']);
  });

  test('names its weights as PyTorch does', () => {
    expect(weightsOf(good).map(({ name, specification }) => [name, specification.shape])).toEqual([
      ['dense.weight', [3, 64]],
      ['dense.bias', [3]],
    ]);
  });

  test('feeds inputs by port, not by the order of the edges', () => {
    const nodes = [
      node('input', 'input', { shape: [2] }),
      node('a', 'dense', { units: 3 }),
      node('b', 'dense', { units: 1 }),
      node('both', 'concat'),
    ];
    const edges = [edge('b', 'both', 1), edge('a', 'both', 0), edge('input', 'a'), edge('input', 'b')];
    expect(analyseNetwork(documentOf(nodes, edges)).nodes.get('both')?.inputShapes).toEqual([[3], [1]]);
  });

  test('gives the output of every node, and the new values of its buffers', () => {
    const document = documentOf([node('input', 'input', { shape: [4] }), node('norm', 'batch-norm')], [edge('input', 'norm')]);
    const weights = new Map(weightsOf(document).map(({ name, specification }) => [name, constant(1, specification.shape)]));
    const random = (_key: string, shape: readonly number[]) => constant(0.5, shape);
    const trained = buildNetwork(document, { mode: 'train', input: constant(0, [5, 4]), weights, random });
    expect([...trained.activations.keys()]).toEqual(['input', 'norm']);
    expect(trained.output.shape).toEqual([5, 4]);
    expect([...trained.bufferUpdates.keys()]).toEqual(['norm.running_mean', 'norm.running_var']);
    const evaluated = buildNetwork(document, { mode: 'evaluate', input: constant(0, [5, 4]), weights, random });
    expect(evaluated.bufferUpdates.size).toBe(0);
  });
});

const smallInput = node('input', 'input', { shape: [4] });
const bad: readonly (readonly [what: string, document: ModelDocument, code: string, where: Partial<Problem>])[] = [
  ['nothing at all', documentOf([], []), 'no-input', {}],
  ['no input', documentOf([dense], []), 'no-input', {}],
  ['several inputs', documentOf([...good.nodes, node('second', 'input')], good.edges), 'several-inputs', { node: 'second' }],
  [
    'several outputs',
    documentOf([...good.nodes, node('loose', 'relu')], [...good.edges, edge('flatten', 'loose')]),
    'several-outputs',
    { node: 'loose' },
  ],
  ['no weights', documentOf([smallInput, node('relu', 'relu')], [edge('input', 'relu')]), 'nothing-to-learn', {}],
  [
    'a cycle',
    documentOf(
      [smallInput, node('sum', 'add'), node('a', 'relu'), node('b', 'relu'), node('after', 'relu')],
      [edge('input', 'sum'), edge('sum', 'a'), edge('a', 'b'), edge('b', 'sum', 1), edge('b', 'after')],
    ),
    'cycle',
    { edge: 'b→sum:1' },
  ],
  ['a node that feeds itself', documentOf([smallInput, node('a', 'relu')], [edge('a', 'a')]), 'cycle', { edge: 'a→a:0' }],
  ['an input that is missing', documentOf([smallInput, node('sum', 'add')], [edge('input', 'sum', 1)]), 'missing-input', { node: 'sum' }],
  [
    'a port taken twice',
    documentOf([smallInput, node('a', 'relu'), node('b', 'relu')], [edge('input', 'a'), edge('input', 'b'), edge('a', 'b')]),
    'port-taken',
    { edge: 'a→b:0' },
  ],
  [
    'a port that the layer does not have',
    documentOf([smallInput, node('a', 'relu')], [edge('input', 'a'), edge('input', 'a', 1)]),
    'no-such-port',
    { edge: 'input→a:1' },
  ],
  ['a kind that is not known', documentOf([smallInput, node('a', 'quantum')], [edge('input', 'a')]), 'unknown-kind', { node: 'a' }],
  ['a layer from the future', documentOf([smallInput, node('a', 'relu', {}, 2)], [edge('input', 'a')]), 'newer-version', { node: 'a' }],
  ['two nodes of one name', documentOf([...good.nodes, node('dense', 'relu')], good.edges), 'duplicate-identifier', { node: 'dense' }],
  ['an edge from nowhere', documentOf(good.nodes, [...good.edges, edge('ghost', 'dense')]), 'edge-from-unknown', { edge: 'ghost→dense:0' }],
  ['an edge to nowhere', documentOf(good.nodes, [...good.edges, edge('dense', 'ghost')]), 'edge-to-unknown', { edge: 'dense→ghost:0' }],
  [
    'a part that no data reaches',
    documentOf([...good.nodes, node('island', 'dense'), node('after', 'relu')], [...good.edges, edge('island', 'after')]),
    'missing-input',
    { node: 'island' },
  ],
  ['an image in a dense layer', documentOf([image, dense], [edge('input', 'dense')]), 'flat-expected', { node: 'dense' }],
  ['a row in a convolution', documentOf([smallInput, node('c', 'conv2d')], [edge('input', 'c')]), 'image-expected', { node: 'c' }],
  [
    'a batch norm of two axes',
    documentOf([node('input', 'input', { shape: [2, 3] }), node('n', 'batch-norm')], [edge('input', 'n')]),
    'channels-expected',
    { node: 'n' },
  ],
  [
    'a kernel larger than the image',
    documentOf([image, node('c', 'conv2d', { kernelSize: [9, 9] })], [edge('input', 'c')]),
    'window-too-large',
    { node: 'c', parameter: 'kernelSize' },
  ],
  [
    'a dilated kernel larger than the image',
    documentOf([image, node('c', 'conv2d', { dilation: [4, 4] })], [edge('input', 'c')]),
    'window-too-large',
    { node: 'c' },
  ],
  [
    'too much padding in a pool',
    documentOf([image, node('p', 'max-pool', { padding: [2, 2] })], [edge('input', 'p')]),
    'pool-padding-too-large',
    { node: 'p', parameter: 'padding' },
  ],
  [
    'groups that do not divide the input',
    documentOf([image, node('c', 'conv2d', { groups: 2 })], [edge('input', 'c')]),
    'groups-input',
    { node: 'c', parameter: 'groups' },
  ],
  [
    'groups that do not divide the output',
    documentOf([node('input', 'input', { shape: [2, 8, 8] }), node('c', 'conv2d', { groups: 2, outChannels: 3 })], [edge('input', 'c')]),
    'groups-output',
    { node: 'c', parameter: 'groups' },
  ],
  [
    'an axis that is not there',
    documentOf([smallInput, node('s', 'softmax', { axis: 1 })], [edge('input', 's')]),
    'no-such-axis',
    { node: 's', parameter: 'axis' },
  ],
  [
    'a sum of different shapes',
    documentOf(
      [smallInput, node('d', 'dense', { units: 5 }), node('sum', 'add')],
      [edge('input', 'd'), edge('input', 'sum'), edge('d', 'sum', 1)],
    ),
    'add-shapes',
    { node: 'sum' },
  ],
  [
    'a concat along one axis that differs on another',
    documentOf([image, node('p', 'max-pool'), node('c', 'concat')], [edge('input', 'p'), edge('input', 'c'), edge('p', 'c', 1)]),
    'concat-shapes',
    { node: 'c' },
  ],
  [
    'a layer beyond all memory',
    documentOf(
      [image, flatten, node('d', 'dense', { units: 65_536 }), node('e', 'dense', { units: 65_536 })],
      [edge('input', 'flatten'), edge('flatten', 'd'), edge('d', 'e')],
    ),
    'too-large',
    { node: 'e' },
  ],
];

describe('a bad network', () => {
  test.each(bad)('%s is found where it is, with words', (_, document, code, where) => {
    const analysis = analyseNetwork(document);
    expect(analysis.valid).toBe(false);
    const found = analysis.problems.filter((problem) => problem.code === `network.${code}`);
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining(where)]));
    for (const problem of analysis.problems) expect(textOf(problem)).not.toContain('{');
    if (where.node !== undefined)
      expect(analysis.nodes.get(where.node)?.problems).toEqual(expect.arrayContaining(found.filter((item) => item.node === where.node)));
    expect(() => weightsOf(document)).toThrow(ProblemError);
  });

  test('does not repeat one fault at every node behind it', () => {
    const document = documentOf([image, dense, node('relu', 'relu')], [edge('input', 'dense'), edge('dense', 'relu')]);
    const { problems, nodes } = analyseNetwork(document);
    expect(problems.map(({ code }) => code)).toEqual(['network.flat-expected']);
    expect(nodes.get('relu')?.outputShape).toBeNull();
  });

  test('says which parameter is wrong', () => {
    const { problems } = analyseNetwork(documentOf([smallInput, node('d', 'dense', { units: 0 })], [edge('input', 'd')]));
    expect(problems).toEqual([expect.objectContaining({ code: 'parameter.integer', node: 'd', parameter: 'units' })]);
    expect(problems.map(textOf)).toEqual(['Units must be a whole number from 1 to 65536, not 0.']);
  });
});

test('blames the root of a part that no data reaches, not what follows it', () => {
  const document = documentOf(
    [...good.nodes, node('island', 'dense'), node('middle', 'relu'), node('end', 'relu')],
    [...good.edges, edge('island', 'middle'), edge('middle', 'end')],
  );
  const { problems } = analyseNetwork(document);
  expect(problems.filter((problem) => problem.node === 'middle')).toEqual([]);
  expect(problems.filter((problem) => problem.node === 'end').map((problem) => problem.code)).toEqual(['network.several-outputs']);
});
