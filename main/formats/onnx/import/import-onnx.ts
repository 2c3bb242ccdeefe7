/** ONNX graphs as documents: node by node, with a report; whole or not at all. */
import { failure, success, type Outcome } from '../../../../compute/graph/problem';
import { sizeOf, type Shape } from '../../../../compute/graph/tensor';
import { createNetworkBuilder, identifierFrom, type NetworkBuilder } from '../../models/network-builder';
import { Refusal, type ConvertedNode, type ModelImport, type RemarkedNode } from '../../models/imported-model';
import { batchAtom, freshView, reshapeView, type Atom, type View } from '../../models/views';
import { readOnnx, type OnnxGraphNode, type OnnxModel, type OnnxValueInfo } from '../onnx-model';
import { elementTypes } from '../onnx-tensor';
import { DamagedFile } from '../protobuf';
import { constantOf, type Constant } from './constants';
import { fold, foldedOperators } from './fold';
import { BATCH_STAND_IN, nodeContext, viewOf, type GraphState } from './node-context';
import type { OperatorTable } from './operators/operator';
import { operators } from './operators/registry';
import { tensor, type Value } from './values';

export interface OnnxImportOptions {
  /** Which axis of the input is that of the batch: by default the first that the file leaves open, else the first. Null: a sample is the whole input. */
  readonly batchAxis?: number | null;
  /** The shape of one sample, where the file leaves it open. */
  readonly inputShape?: Shape;
  /** Inputs that are constants from now on. */
  readonly constants?: ReadonlyMap<string, Constant>;
  /** The value, or the node, that is the network's output; the file's only output by default. */
  readonly output?: string;
  /** Operators besides ONNX's own, by name. */
  readonly operators?: OperatorTable;
}

const OLDEST_OPSET = 1;
const NEWEST_OPSET = 21;

interface Batch {
  readonly atom: Atom;
  readonly axis: number;
}

interface Given {
  readonly info: OnnxValueInfo;
  readonly sample: readonly number[];
}

const kindOfElement = (type: number): Constant['type'] => elementTypes[type]?.kind ?? 'float';

const isOpen = (size: number | string | null | undefined): boolean => typeof size !== 'number' || size <= 0;

/** The axis of the batch, and its size in the file: its own number, or a stand-in. */
function batchOf([input]: readonly OnnxValueInfo[], wanted: number | null | undefined): Batch | null {
  if (wanted === null) return null;
  const shape = input?.shape ?? [];
  const axis = wanted ?? Math.max(0, shape.findIndex(isOpen));
  const size = shape[axis];
  return { axis, atom: batchAtom(typeof size === 'number' && size > 0 ? size : BATCH_STAND_IN) };
}

function sampleOf(info: OnnxValueInfo, batch: Batch | null, wanted: Shape | undefined): Given {
  if (info.shape === null && wanted === undefined) throw new Refusal(`The file does not say the shape of the input ${info.name}: give it.`);
  const stated = (info.shape ?? []).filter((_, axis) => axis !== batch?.axis);
  const sample = wanted ?? stated.map((size) => (typeof size === 'number' && !isOpen(size) ? size : -1));
  if (wanted !== undefined && info.shape !== null && wanted.length !== stated.length)
    throw new Refusal(`The input ${info.name} has ${String(stated.length)} axes a sample.`);
  if (sample.includes(-1))
    throw new Refusal(
      `The file leaves sizes of the input ${info.name} open (${stated.map(String).join(' × ')}): give the shape of one sample.`,
    );
  if (sample.length > 6) throw new Refusal('Its input has more than six axes.');
  return { info, sample };
}

/** One Input for all inputs of the file: where there are several, their numbers stand one after another. */
function addInputs(
  builder: NetworkBuilder,
  given: readonly Given[],
  batch: Batch | null,
  values: Map<string, Value>,
  tokens: GraphState['tokens'],
  notes: string[],
): void {
  const placed = (view: View, sample: readonly number[]): View => {
    const shape = [...sample];
    if (batch !== null) shape.splice(batch.axis, 0, batch.atom.size);
    const made = reshapeView(view, shape);
    if (made === null) throw new Refusal('An input of no numbers.');
    return made;
  };
  const shapeFor = (sample: readonly number[]): number[] => (sample.length === 0 ? [1] : [...sample]);
  const [first] = given;
  if (first === undefined) throw new Refusal('The graph has no input: everything in it is constant.');
  const whole = kindOfElement(first.info.type);
  if (given.length === 1) {
    const isToken = whole === 'integer';
    const hint = identifierFrom(first.info.name) === '' ? 'input' : first.info.name;
    const node = builder.add('input', hint, { shape: shapeFor(first.sample) }, []);
    if (isToken) tokens.set(node, { vocabulary: null });
    values.set(first.info.name, tensor(placed(freshView(node, shapeFor(first.sample), batch), first.sample)));
    return;
  }
  if (given.some(({ info }) => kindOfElement(info.type) === 'integer')) throw new Refusal('It has several inputs, tokens among them.');
  const sizes = given.map(({ sample }) => sizeOf(sample));
  const node = builder.add('input', 'input', { shape: [sizes.reduce((sum, size) => sum + size, 0)] }, []);
  let start = 0;
  for (const [index, { info, sample }] of given.entries()) {
    const length = sizes[index] ?? 1;
    const piece = builder.add('slice', info.name, { axis: 0, start, length }, [node]);
    values.set(info.name, tensor(placed(freshView(piece, [length], batch === null ? null : { ...batch, axis: 0 }), sample)));
    start += length;
  }
  notes.push(
    `The file has ${String(given.length)} inputs (${given.map(({ info }) => info.name).join(', ')}): here their numbers stand one after another in one.`,
  );
}

/** Nodes that lead to the output, in an order in which inputs come first. Null where they run in a circle. */
function orderOf(model: OnnxModel, output: string): readonly OnnxGraphNode[] | null {
  const makers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const order: OnnxGraphNode[] = [];
  const state = new Map<OnnxGraphNode, 'open' | 'done'>();
  const start = makers.get(output);
  const stack = start === undefined ? [] : [{ node: start, next: 0 }];
  if (start !== undefined) state.set(start, 'open');
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const name = top.node.inputs[top.next++];
    if (name === undefined) {
      state.set(top.node, 'done');
      order.push(top.node);
      stack.pop();
      continue;
    }
    const maker = makers.get(name);
    if (maker === undefined || state.get(maker) === 'done') continue;
    if (state.get(maker) === 'open') return null;
    state.set(maker, 'open');
    stack.push({ node: maker, next: 0 });
  }
  return order;
}

const oldBroadcast = ['broadcast', 'axis'] as const;

const reasonOf = (error: unknown): string => {
  if (error instanceof Refusal) return error.reason;
  if (error instanceof DamagedFile) return `The file is damaged: ${error.message}.`;
  throw error;
};

const nameOf = (node: OnnxGraphNode): string => (node.name === '' ? (node.outputs[0] ?? '') : node.name);

/** Why no layer and no reader of constants knows the operator, whatever it is given; null where one does. */
function unknownOperator({ operator, domain, attributes }: OnnxGraphNode, known: OperatorTable): Refusal | null {
  if (domain !== '') return new Refusal(`The operator ${operator} is of ${domain}, not of ONNX itself.`);
  if ([...attributes.values()].some(({ kind }) => kind === 'other')) return new Refusal('It holds a graph of its own.');
  return Object.hasOwn(known, operator) || foldedOperators.includes(operator)
    ? null
    : new Refusal(`There is no layer that computes ${operator}.`);
}

/** What could not be told because something before it was refused; it is not told again. */
const followsFromOther = (node: OnnxGraphNode, values: ReadonlyMap<string, Value>, missing: ReadonlySet<string>): boolean =>
  node.inputs.some((name) => missing.has(name) && !values.has(name));

/** The document, weights and report of a graph that was read. */
export function convertOnnx(model: OnnxModel, options: OnnxImportOptions = {}): ModelImport {
  const converted: ConvertedNode[] = [];
  /** What was converted, and which nodes were made meanwhile. */
  const done: { readonly node: OnnxGraphNode; readonly made: readonly string[] }[] = [];
  const approximated: RemarkedNode[] = [];
  const refused: RemarkedNode[] = [];
  const notes: string[] = [];
  const source = `ONNX opset ${String(model.opset)}${model.producer === '' ? '' : `, ${model.producer}`}`;
  const report = { source, converted, approximated, refused, notes };
  const stop = (name: string, operator: string, error: unknown): ModelImport => {
    refused.push({ name, operator, reason: reasonOf(error) });
    return { model: null, batchAxis: null, report };
  };
  if (model.opset < OLDEST_OPSET || model.opset > NEWEST_OPSET)
    return stop(
      model.name,
      'graph',
      new Refusal(`It is of opset ${String(model.opset)}; opset ${String(OLDEST_OPSET)} to ${String(NEWEST_OPSET)} are read.`),
    );

  const wanted = options.output ?? model.outputs[0]?.name ?? '';
  const output = model.nodes.some(({ outputs }) => outputs.includes(wanted))
    ? wanted
    : (model.nodes.find(({ name }) => name === wanted)?.outputs[0] ?? wanted);
  if (options.output === undefined && model.outputs.length > 1)
    notes.push(
      `The file has ${String(model.outputs.length)} outputs (${model.outputs.map(({ name }) => name).join(', ')}): ${output} became the network's.`,
    );
  const order = orderOf(model, output);
  if (order === null) return stop(model.name, 'graph', new Refusal('Its nodes run in a circle.'));
  const known = { ...operators, ...options.operators };

  const builder = createNetworkBuilder();
  const values = new Map<string, Value>();
  const tokens: GraphState['tokens'] = new Map();
  const wantedNames = new Set(order.flatMap(({ inputs }) => inputs));
  const consumers = new Map<string, number>([[output, 1]]);
  for (const name of order.flatMap(({ inputs }) => inputs)) consumers.set(name, (consumers.get(name) ?? 0) + 1);
  let batch: Batch | null = null;
  try {
    for (const initializer of model.initializers)
      if (wantedNames.has(initializer.name))
        values.set(
          initializer.name,
          constantOf(kindOfElement(initializer.type), initializer.shape, initializer.decode(), { name: initializer.name }),
        );
    for (const [name, constant] of options.constants ?? []) values.set(name, constant);
    const inputs = model.inputs.filter(({ name }) => !values.has(name) && (wantedNames.has(name) || name === output));
    batch = batchOf(inputs, options.batchAxis);
    const axis = batch?.axis ?? -1;
    if (inputs.some(({ shape }) => shape !== null && shape.length <= axis))
      throw new Refusal('Its input is a single number, without an axis for the batch.');
    const given = inputs.map((info) => sampleOf(info, batch, inputs.length === 1 ? options.inputShape : undefined));
    addInputs(builder, given, batch, values, tokens, notes);
  } catch (error) {
    // Operators that no input would help are told at once.
    for (const node of order) {
      const reason = unknownOperator(node, known);
      if (reason !== null) stop(nameOf(node), node.operator, reason);
    }
    return stop(model.inputs[0]?.name ?? model.name, 'input', error);
  }

  const takenBySub = new Set(order.filter(({ operator }) => operator === 'Sub').flatMap(({ inputs }) => inputs.slice(1)));
  const state: GraphState = {
    builder,
    values,
    opset: model.opset,
    batch: batch?.atom ?? null,
    consumers,
    tokens,
    takenBySub,
    openAttentions: new Set(),
  };
  const missing = new Set<string>();
  for (const node of order) {
    const name = nameOf(node);
    const before = builder.count();
    try {
      const unknown = unknownOperator(node, known);
      if (unknown !== null) throw unknown;
      if (followsFromOther(node, values, missing)) {
        for (const one of node.outputs) missing.add(one);
        continue;
      }
      const context = nodeContext(state, node, (reason) => approximated.push({ name, operator: node.operator, reason }));
      if (
        model.opset < 7 &&
        oldBroadcast.some((attribute) => node.attributes.has(attribute)) &&
        /^(Add|Sub|Mul|Div|Pow|PRelu|Gemm)$/.test(node.operator)
      )
        throw new Refusal('It repeats its inputs by rules that opset 7 replaced: save the model with a newer opset.');
      if (!fold(context)) {
        const converter = Object.hasOwn(known, node.operator) ? known[node.operator] : undefined;
        if (converter === undefined) throw new Refusal(`There is no layer that computes ${node.operator}.`);
        converter.convert(context);
      }
      done.push({ node, made: builder.idsSince(before) });
    } catch (error) {
      refused.push({ name, operator: node.operator, reason: reasonOf(error) });
      for (const one of node.outputs) missing.add(one);
    }
  }
  /** Nodes of formulas are made where something takes them: they are told where the formula came from. */
  const tell = (isKept: (id: string) => boolean): void => {
    const ofFormula = new Map<object, string[]>();
    for (const id of builder.idsSince(0))
      for (const author of builder.creditsOf(id)) ofFormula.set(author, [...(ofFormula.get(author) ?? []), id]);
    for (const { node, made } of done) {
      const own = made.filter((id) => builder.creditsOf(id).length === 0);
      const nodes = [...(ofFormula.get(node) ?? []), ...own].filter(isKept);
      converted.push({ name: nameOf(node), operator: node.operator, nodes });
    }
  };
  if (refused.length > 0) {
    tell(() => true);
    return { model: null, batchAxis: null, report };
  }
  try {
    const last = values.get(output);
    if (last === undefined) throw new Refusal('Nothing makes the output.');
    const view = viewOf(builder, last);
    const batchAt = view.axes.findIndex((atoms) => atoms.some((atom) => atom.batch));
    if (batchAt > 0)
      notes.push(`The samples of the output stand one after another here; in the file they lie along axis ${String(batchAt)}.`);
    const before = builder.count();
    const end = finalNode(builder, view);
    if (builder.count() > before) notes.push(`Nodes were added to bring the output into its form: ${builder.idsSince(before).join(', ')}.`);
    for (const [id, { vocabulary }] of tokens)
      if (vocabulary === null && builder.usesOf(id) > 0) notes.push(`The input ${id} takes whole numbers in the file; here it takes any.`);
    const finished = builder.finish(model.name, end);
    const kept = new Set(finished.document.nodes.map(({ id }) => id));
    tell((id) => kept.has(id));
    return { model: finished, batchAxis: batchAt === -1 ? null : batchAt, report };
  } catch (error) {
    return stop(output, 'output', error);
  }
}

/** The output in its own order; an output of one number more or less in shape stays as it is. */
function finalNode(builder: NetworkBuilder, view: View): string {
  const node = builder.plain(view);
  return builder.kindOf(node) === 'input' ? builder.add('expression', 'output', { formula: 'x + 0' }, [node]) : node;
}

/** Problems: model.damaged. What stands in the way of an intact file is in the report. */
export function importOnnx(bytes: Uint8Array, options: OnnxImportOptions = {}): Outcome<ModelImport> {
  const model = readOnnx(bytes);
  if (!model.ok) return model;
  if (model.value.nodes.length === 0) return failure('model.empty');
  return success(convertOnnx(model.value, options));
}
