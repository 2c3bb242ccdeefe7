/**
 * Models of Keras (.keras, .h5) and TensorFlow.js as documents: their layers are said with operators of ONNX, channels brought
 * to the front, and go the way of any ONNX graph. What they are in the file is what the report names.
 */
import { failure, success, type Outcome } from '../../../../compute/graph/problem';
import { memorySource } from '../../byte-source';
import { Refusal, type ModelImport, type RemarkedNode } from '../../models/imported-model';
import { convertOnnx, type OnnxImportOptions } from '../../onnx/import/import-onnx';
import { LARGEST_GRAPH, type OnnxModel, type OnnxValueInfo } from '../../onnx/onnx-model';
import { openZip } from '../../zip/zip';
import { readHdf5 } from '../../hdf5/hdf5';
import { list, readKerasModel, settings, textOf, type KerasCall, type KerasNetwork } from './keras-model';
import { weightsByName, weightsByNumber, weightsOfManifest, type WeightSource } from './keras-weights';
import { kerasLayers } from './layers';
import { createWriter, layerWriter, type GraphWriter } from './onnx-writing';
import { trainingOperators } from './training-operators';

const FLOAT = 1;
const INTEGER = 7;

interface KerasFile {
  readonly source: string;
  readonly isThird: boolean;
  readonly json: unknown;
  /** The first that fits is taken. */
  readonly weights: (network: KerasNetwork) => readonly WeightSource[];
}

/** The input's axes; null where the file leaves one open. */
function inputOf({ id, config }: KerasCall, isToken: boolean): OnnxValueInfo {
  const shape = config['batch_shape'] ?? config['batch_input_shape'];
  const sizes = list(shape).map((size) => (typeof size === 'number' ? size : null));
  if (sizes.length === 0) throw new Refusal(`The file does not say the shape of ${id}.`);
  return { name: id, type: isToken ? INTEGER : FLOAT, shape: sizes };
}

/** How many axes a value has, from those of the input and what the layer does to it. */
function rankAfter({ className, config, inputs }: KerasCall, ranks: ReadonlyMap<string, number>): number {
  const rank = ranks.get(inputs[0] ?? '') ?? 2;
  if (className === 'Flatten') return 2;
  if (className === 'Reshape') return list(config['target_shape']).length + 1;
  if (className === 'Embedding') return rank + 1;
  if (className.startsWith('Global')) return config['keepdims'] === true ? rank : 2;
  const cell = className === 'Bidirectional' ? settings(settings(config['layer'])['config']) : config;
  if (['LSTM', 'GRU', 'SimpleRNN', 'Bidirectional'].includes(className)) return cell['return_sequences'] === true ? 3 : 2;
  return rank;
}

/** Says the whole network; what no converter knows is listed. */
function write(network: KerasNetwork, weightsOf: WeightSource, isThird: boolean) {
  const writer: GraphWriter = createWriter();
  const refused: RemarkedNode[] = [];
  const approximated: RemarkedNode[] = [];
  const inputs: OnnxValueInfo[] = [];
  /** What the graph calls the value of each call. */
  const values = new Map<string, string>();
  const takesTokens = new Set(network.calls.filter(({ className }) => className === 'Embedding').flatMap((call) => call.inputs));
  for (const call of network.calls) {
    const { id, className } = call;
    const remark = (reason: string): RemarkedNode => ({ name: id, operator: className, reason });
    try {
      if (className === 'InputLayer') {
        const info = inputOf(call, takesTokens.has(id));
        const shape = info.shape ?? [];
        // A picture comes with its channels in front here.
        const front = shape.length === 4 && !isChannelsFirst(network);
        const [batch = null, height = null, width = null, channels = null] = shape;
        inputs.push(front ? { ...info, shape: [batch, channels, height, width] } : info);
        values.set(id, front ? `${id}/channels-last` : id);
        for (const value of [id, `${id}/channels-last`]) writer.ranks.set(value, shape.length);
        if (front)
          writer.nodes.push({
            name: id,
            operator: 'Transpose',
            domain: '',
            inputs: [id],
            outputs: [`${id}/channels-last`],
            attributes: new Map([['perm', { kind: 'integers', value: [0, 2, 3, 1] }]]),
          });
        continue;
      }
      const converter = kerasLayers.get(className);
      if (converter === undefined) throw new Refusal(`There is no layer that computes ${className}.`);
      const taken = call.inputs.map((name) => values.get(name));
      // What could not be told because a layer before was refused is not told again.
      if (taken.some((name) => name === undefined)) continue;
      const own = { ...call, inputs: taken.filter((name) => name !== undefined) };
      if (call.repetition > 0 && weightsOf(call) !== null)
        approximated.push(remark('Its layer is used more than once: here each use has weights of its own.'));
      const given = layerWriter(writer, own, weightsOf(call), (reason) => approximated.push(remark(reason)));
      const result = converter(given, own.inputs[0] ?? '', isThird);
      values.set(id, result);
      const rank = rankAfter(own, writer.ranks);
      writer.ranks.set(id, rank);
      writer.ranks.set(result, rank);
      if (writer.nodes.length > LARGEST_GRAPH) throw new Refusal(`The graph would have more than ${String(LARGEST_GRAPH)} operators.`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push(remark(error.reason));
    }
  }
  return { writer, refused, approximated, inputs, values };
}

const isChannelsFirst = ({ calls }: KerasNetwork): boolean => calls.some(({ config }) => config['data_format'] === 'channels_first');

/** Whether each layer's arrays are as many as its settings ask for: the test of an order of layers. */
function lacksWeights(refused: readonly RemarkedNode[]): boolean {
  return refused.some(({ reason }) => reason.startsWith('The file has ') || reason.startsWith('An array of '));
}

function convert(file: KerasFile, options: OnnxImportOptions): ModelImport {
  const { isThird, source } = file;
  const stop = (refused: readonly RemarkedNode[], approximated: readonly RemarkedNode[] = []): ModelImport => ({
    model: null,
    batchAxis: null,
    report: { source, converted: [], approximated, refused, notes: [] },
  });
  let network: KerasNetwork;
  try {
    network = readKerasModel(file.json);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return stop([{ name: 'model', operator: 'model', reason: error.reason }]);
  }
  let last = stop([]);
  for (const weights of file.weights(network)) {
    const { writer, refused, approximated, inputs, values } = write(network, weights, isThird);
    if (refused.length > 0) {
      last = stop(refused, approximated);
      if (lacksWeights(refused)) continue;
      return last;
    }
    const [output = ''] = network.outputs;
    const result = values.get(options.output ?? output) ?? values.get(output) ?? '';
    const isPicture = (writer.ranks.get(result) ?? 2) === 4 && !isChannelsFirst(network);
    const outputName = isPicture ? 'output/channels-first' : result;
    if (isPicture)
      writer.nodes.push({
        name: output,
        operator: 'Transpose',
        domain: '',
        inputs: [result],
        outputs: [outputName],
        attributes: new Map([['perm', { kind: 'integers', value: [0, 3, 1, 2] }]]),
      });
    const model: OnnxModel = {
      producer: '',
      opset: 20,
      name: network.name,
      nodes: writer.nodes,
      initializers: writer.tensors,
      inputs,
      outputs: [{ name: outputName, type: FLOAT, shape: null }],
    };
    const { output: chosenOutput, ...others } = options;
    const imported = convertOnnx(model, { ...others, batchAxis: 0, operators: trainingOperators });
    last = named(imported, network, source, approximated);
    if (imported.model !== null || !misfits(imported)) return last;
  }
  return last;
}

/** Arrays that belong to another layer do not fit where they come. */
const misfits = ({ report }: ModelImport): boolean => report.refused.some(({ reason }) => /wants|another height|asks for/.test(reason));

/** The report by layers of the file rather than by the operators that they were said with. */
function named(
  { model, batchAxis, report }: ModelImport,
  { calls, outputs }: KerasNetwork,
  source: string,
  approximated: readonly RemarkedNode[],
): ModelImport {
  const classes = new Map(calls.map(({ id, className }) => [id, className]));
  const rows = new Map(calls.map(({ id, className }) => [id, { name: id, operator: className, nodes: [] as string[] }]));
  for (const { name, nodes } of report.converted) rows.get(name)?.nodes.push(...nodes);
  const once = (remarks: readonly RemarkedNode[]): RemarkedNode[] => {
    const seen = new Map(
      remarks.map(({ name, operator, reason }) => [`${name}: ${reason}`, { name, operator: classes.get(name) ?? operator, reason }]),
    );
    return [...seen.values()];
  };
  const several =
    outputs.length > 1 ? [`The file has ${String(outputs.length)} outputs (${outputs.join(', ')}): the first became the network's.`] : [];
  return {
    model,
    batchAxis,
    report: {
      source,
      converted: [...rows.values()],
      approximated: once([...approximated, ...report.approximated]),
      refused: once(report.refused),
      notes: [...several, ...report.notes],
    },
  };
}

function parsed(text: string, file: string): Outcome<unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return success(json);
  } catch (error) {
    return failure('model.unreadable', { file, reason: error instanceof Error ? error.message : String(error) });
  }
}

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Bytes of JSON and of weights in a .keras file. */
const limits = { entries: 10_000, directoryBytes: 2 ** 22, entryBytes: 2 ** 30, totalBytes: 2 ** 31 };

/** Bytes of a description: what is read of it takes many times as much. */
const largestDescription = 2 ** 24;

/** A .keras file. Problems: zip.*, model.unreadable, model.damaged, model.missing-file, model.too-large. */
export async function importKeras(file: string, bytes: Uint8Array, options: OnnxImportOptions): Promise<Outcome<ModelImport>> {
  const archive = await openZip(memorySource(file, bytes), limits);
  if (!archive.ok) return { ok: false, problem: { ...archive.problem, values: { file, ...archive.problem.values } } };
  const part = async (path: string, maximum: number): Promise<Outcome<Uint8Array>> => {
    const entry = archive.value.entries.find((one) => one.path === path);
    if (entry === undefined) return failure('model.missing-file', { file, missing: path });
    if (entry.size > maximum) return failure('model.too-large', { file: `${file}/${path}`, bytes: entry.size, maximum });
    return await archive.value.read(entry);
  };
  const config = await part('config.json', largestDescription);
  if (!config.ok) return config;
  const json = parsed(decoded(config.value), file);
  if (!json.ok) return json;
  const stored = await part('model.weights.h5', limits.entryBytes);
  if (!stored.ok) return stored;
  const content = readHdf5(stored.value, file);
  if (!content.ok) return content;
  const metadata = await part('metadata.json', largestDescription);
  const version = metadata.ok ? parsed(decoded(metadata.value), file) : metadata;
  const source = `Keras ${version.ok ? textOf(settings(version.value)['keras_version']) : '3'}`;
  const weights = ({ calls, outputs }: KerasNetwork) => weightsByNumber(content.value, json.value, calls, outputs);
  return success(convert({ source, isThird: true, json: json.value, weights }, options));
}

/** An HDF5 file of Keras 2 or 3. Problems: model.unreadable, model.weights-only. */
export function importKerasHdf5(file: string, bytes: Uint8Array, options: OnnxImportOptions): Outcome<ModelImport> {
  const content = readHdf5(bytes, file);
  if (!content.ok) return content;
  const [config] = content.value.texts.get('@model_config') ?? [];
  if (config === undefined) return failure('model.weights-only', { file });
  const json = parsed(config, file);
  if (!json.ok) return json;
  const [version = '2'] = content.value.texts.get('@keras_version') ?? content.value.texts.get('model_weights@keras_version') ?? [];
  const source = weightsByName(content.value);
  return success(
    convert({ source: `Keras ${version}`, isThird: version.startsWith('3'), json: json.value, weights: () => [source] }, options),
  );
}

/** The layers model in model.json, whose weights lie in other files. Null: the file is no such model. */
export function topologyOf(bytes: Uint8Array): { readonly model: unknown; readonly manifest: unknown; readonly version: string } | null {
  if (bytes.length > largestDescription) return null;
  const json = parsed(decoded(bytes), '');
  const file = json.ok ? settings(json.value) : {};
  const topology = settings(file['modelTopology']);
  if (file['format'] === 'graph-model') return { model: null, manifest: null, version: '' };
  if (file['modelTopology'] === undefined) return null;
  return { model: topology['model_config'] ?? topology, manifest: file['weightsManifest'], version: textOf(topology['keras_version']) };
}

/** A layers model of TensorFlow.js with its binaries by path. Problems: model.*. */
export function importTensorFlowJs(
  file: string,
  bytes: Uint8Array,
  binaries: ReadonlyMap<string, Uint8Array>,
  options: OnnxImportOptions,
): Outcome<ModelImport> {
  const topology = topologyOf(bytes);
  if (topology === null) return failure('model.unknown-format', { file });
  if (topology.model === null) return failure('model.graph-model', { file });
  const weights = weightsOfManifest(topology.manifest, file, binaries);
  if (!weights.ok) return weights;
  const source = `TensorFlow.js${topology.version === '' ? '' : `, Keras ${topology.version}`}`;
  return success(convert({ source, isThird: false, json: topology.model, weights: () => [weights.value] }, options));
}
