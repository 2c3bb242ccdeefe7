/** What a network gives for given samples and weights, in evaluation, on the reference device: one line for tests of files. */
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ModelDocument } from '../graph/model-document';
import type { SafetensorsEntry } from '../graph/safetensors';
import { sizeOf } from '../graph/tensor';
import { analyseNetwork, buildNetwork, nodesOf } from '../layers/network';
import { evaluateOnce } from './evaluation';

/** A network of fixed layers is none that trains: behind it comes a layer that changes nothing, with one weight. */
function withSomethingToLearn(document: ModelDocument): ModelDocument {
  const { problems, output } = analyseNetwork(document);
  if (output === null || problems.every(({ code }) => code !== 'network.nothing-to-learn')) return document;
  const unit = { id: UNIT, kind: 'parametric-relu', version: 1, parameters: { shared: true } };
  return { ...document, nodes: [...document.nodes, unit], edges: [...document.edges, { from: output, to: UNIT, port: 0 }] };
}

const UNIT = 'changesNothing';

/** Row by row; `samples` are those of all samples of the batch. Weights that are missing are zeros, but for those that a layer computes itself. */
export async function documentOutputs(
  given: ModelDocument,
  weights: readonly SafetensorsEntry[],
  samples: ArrayLike<number>,
  batch: number,
): Promise<Float64Array> {
  const document = withSomethingToLearn(given);
  const analysis = analyseNetwork(document);
  const [problem] = analysis.problems.filter(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new Error(`${problem.code} ${JSON.stringify(problem.values)}`);
  const input = analysis.nodes.get(analysis.input ?? '');
  const known = new Map<string, ArrayLike<number>>([...weights.map(({ name, data }) => [name, data] as const), [`${UNIT}.weight`, [1]]]);
  const wanted = nodesOf(document).flatMap(({ id, weights: specifications }) =>
    specifications.map(({ name, shape, initializer }) => ({ name: `${id}.${name}`, shape, initializer })),
  );
  const data = wanted.map(({ name, shape, initializer }) => {
    const found = known.get(name);
    if (found !== undefined) return Float64Array.from(found);
    return Float64Array.from({ length: sizeOf(shape) }, (_, index) => (initializer.kind === 'fixed' ? initializer.valueAt(index) : 0));
  });
  const device = openReferenceDevice();
  const type = input?.vocabulary === null ? 'f32' : 'i32';
  const [output] = await evaluateOnce(
    device,
    [
      { shape: [batch, ...(input?.outputShape ?? [])], type, data: Float64Array.from(samples) },
      ...wanted.map(({ shape }, index) => ({ shape, type: 'f32' as const, data: data[index] ?? new Float64Array() })),
    ],
    ([first, ...others]) => {
      if (first === undefined) throw new TypeError('The input is missing.');
      const { output: result } = buildNetwork(document, {
        mode: 'evaluate',
        input: first,
        weights: new Map(wanted.map(({ name }, index) => [name, others[index] ?? first])),
        random: () => {
          throw new TypeError('Evaluation draws nothing.');
        },
      });
      return [result];
    },
  );
  return output ?? new Float64Array();
}
