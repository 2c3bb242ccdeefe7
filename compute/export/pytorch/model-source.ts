/** A network as a PyTorch module: model.py, the text that a person would write. Pure; it knows no weights and no training. */
import type { ModelDocument } from '../../graph/model-document';
import { formatShape } from '../../graph/tensor';
import { nodesOf, type NetworkNode } from '../../layers/network';
import { pythonNames } from './python-names';

/** A text as Python reads it between double quotes, on one line. */
const quotable = (text: string): string =>
  text
    .replace(/[\\"]/g, (sign) => `\\${sign}`)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();

/** Spaces before the remark that tells a shape, so that those of neighbours stand below each other. */
const remarkColumn = 56;
const withRemark = (statement: string, remark: string): string => `${statement.padEnd(remarkColumn)}  # ${remark}`;

interface Step {
  readonly node: NetworkNode;
  readonly module: string | null;
  readonly name: string;
}

/**
 * The variable that holds each node's output: `x` where nothing but the next node takes it, else the node's own name. So
 * a chain reads as a chain, and a branch by its name.
 */
function variablesOf(nodes: readonly NetworkNode[], names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const users = new Map<string, number[]>();
  for (const [place, { inputs }] of nodes.entries()) for (const id of inputs) users.set(id, [...(users.get(id) ?? []), place]);
  return new Map(
    nodes.map(({ id }, place) => {
      const takers = users.get(id) ?? [];
      const isPassedOn = takers.length === 0 || (takers.length === 1 && takers[0] === place + 1);
      return [id, isPassedOn ? 'x' : (names.get(id) ?? id)];
    }),
  );
}

/** The source of model.py with a class `Network`. Throws a ProblemError if the document has an error. */
export function pytorchModel(document: ModelDocument): string {
  const names = pythonNames(document);
  const nodes = nodesOf(document);
  const variables = variablesOf(nodes, names);
  const steps = nodes.map((node): Step => {
    const { module } = node.definition.pytorch(node.inputShapes, node.parameters);
    return { node, module: module ?? null, name: names.get(node.id) ?? node.id };
  });
  const [input] = nodes;
  const last = nodes.at(-1);
  const variable = (id: string): string => variables.get(id) ?? id;
  const frozen = steps.filter(({ node, module }) => node.frozen && module !== null).map(({ name }) => name);

  const modules = steps.flatMap(({ module, name }) => (module === null ? [] : [`        self.${name} = ${module}`]));
  const calls = steps.flatMap(({ node, name }) => {
    if (node.inputs.length === 0) return [];
    const { call } = node.definition.pytorch(node.inputShapes, node.parameters);
    const expression = call(`self.${name}`, node.inputs.map(variable));
    return [withRemark(`        ${variable(node.id)} = ${expression}`, formatShape(node.outputShape))];
  });
  const title = document.name.trim() === '' ? 'A network' : document.name;
  const taken = input === undefined ? '' : formatShape(input.outputShape);
  const given = last === undefined ? '' : formatShape(last.outputShape);
  const kind = input?.parameters['content'] === 'tokens' ? 'tokens (whole numbers)' : 'float32';
  const body = [...modules, ...calls].join('\n');
  return [
    `"""${quotable(title)}: from samples of ${taken} (${kind}) to ${given}, the batch in front. Drawn in Hebb."""`,
    '',
    ...(/\btorch\./.test(body) ? ['import torch'] : []),
    ...(/\bF\./.test(body) ? ['import torch.nn.functional as F'] : []),
    'from torch import nn',
    '',
    '',
    'class Network(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...modules,
    ...(frozen.length === 0
      ? []
      : [
          `        self.frozen = (${frozen.map((name) => `self.${name}`).join(', ')},)`,
          '        for layer in self.frozen:',
          '            layer.requires_grad_(False)',
          '',
          '    def train(self, mode=True):',
          '        """Layers that training leaves alone compute as in evaluation at all times."""',
          '        super().train(mode)',
          '        for layer in self.frozen:',
          '            layer.eval()',
          '        return self',
        ]),
    '',
    `    def forward(self, ${input === undefined ? 'x' : variable(input.id)}):`,
    ...calls,
    `        return ${last === undefined ? 'x' : variable(last.id)}`,
    '',
  ].join('\n');
}
