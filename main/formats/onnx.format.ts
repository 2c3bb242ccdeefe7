/**
 * ONNX (https://onnx.ai/onnx/repo-docs/IR.html), written from a model document and its weights: opset 17, float32, the
 * batch axis free. Values carry the names of their nodes, weights theirs. How a layer is said stands in its own file.
 */
import type { ModelDocument } from '../../compute/graph/model-document';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { SafetensorsEntry } from '../../compute/graph/safetensors';
import type { Shape } from '../../compute/graph/tensor';
import type { OnnxNode } from '../../compute/layers/layer';
import { analyseNetwork, nodesOf, weightName, type NetworkNode } from '../../compute/layers/network';
import { defineFormat } from './format';
import { matchWeights } from './network-weights';
import { encodeOnnx, type NamedOnnxNode } from './onnx/onnx-encoder';

export interface OnnxExport {
  readonly document: ModelDocument;
  readonly weights: readonly SafetensorsEntry[];
  /** What is told of the model, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a node's layer says, with the node named where it cannot. */
function sayNode({ id, definition, parameters, inputs, inputShapes, outputShape, weights }: NetworkNode): Outcome<readonly OnnxNode[]> {
  const names = Object.fromEntries(weights.map(({ name }) => [name, weightName(id, name)]));
  try {
    return success(definition.onnx({ inputs, output: id, weights: names, inputShapes, outputShape }, parameters));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure('onnx.unsupported', { node: id, kind: definition.kind, reason }, { node: id });
  }
}

/**
 * The model as bytes. Problems: those of the document, export.weight-missing, export.weight-shape, export.weight-unknown,
 * onnx.unsupported, onnx.name-taken; all but export.weight-unknown name the node.
 */
export function writeOnnx({ document, weights, metadata = {} }: OnnxExport): Outcome<Uint8Array> {
  const given = matchWeights(document, weights);
  if (!given.ok) return given;
  const analysis = analyseNetwork(document);
  const { input, output } = analysis;
  if (input === null || output === null) throw new TypeError('a valid network has an input and an output');

  const shapeOf = (id: string): Shape => analysis.nodes.get(id)?.outputShape ?? [];
  const nodes: NamedOnnxNode[] = [];
  const names = new Set<string>([input, ...given.value.map(({ name }) => name)]);
  for (const node of nodesOf(document)) {
    if (node.id === input) continue;
    const said = sayNode(node);
    if (!said.ok) return said;
    for (const [index, onnxNode] of said.value.entries()) {
      for (const name of onnxNode.outputs) {
        if (names.has(name)) return failure('onnx.name-taken', { node: node.id, name }, { node: node.id });
        names.add(name);
      }
      nodes.push({ name: said.value.length === 1 ? node.id : `${node.id}/${String(index)}`, node: onnxNode });
    }
  }
  return success(
    encodeOnnx({
      name: document.name === '' ? 'network' : document.name,
      nodes,
      initializers: given.value,
      input: { name: input, shape: shapeOf(input), tokens: analysis.nodes.get(input)?.vocabulary !== null },
      output: { name: output, shape: shapeOf(output) },
      metadata,
    }),
  );
}

export const format = defineFormat({
  name: 'onnx',
  label: 'ONNX',
  extensions: ['.onnx'],
  /** Field 1 of ModelProto, the IR version, comes first in files of all known writers; it is a small number. */
  probe: (head) => head[0] === 0x08 && (head[1] ?? 0) >= 3 && (head[1] ?? 0) <= 32,
  write: writeOnnx,
});
