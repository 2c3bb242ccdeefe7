/**
 * The ONNX project's own tests of its operators (Debian's libonnx-testdata): each is a graph of one operator with inputs and
 * the outputs that they must give. All are imported; those that convert are computed on the reference device and compared.
 * Which pass, and why others are refused, stands in node-tests.json (HEBB_WRITE_NODE_TESTS=1 writes it), so that a change is seen.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../../compute/graph/tensor';
import { documentOutputs } from '../../../../compute/testing/document-outputs';
import { readOnnx, type OnnxModel } from '../onnx-model';
import { elementTypes, readTensor, type OnnxTensor } from '../onnx-tensor';
import { spanOf } from '../protobuf';
import { constantOf } from './constants';
import { convertOnnx, type OnnxImportOptions } from './import-onnx';
import listed from './node-tests.json';

const folder = '/usr/share/libonnx-testdata/data/node';

interface Case {
  readonly model: OnnxModel;
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

const tensorIn = (path: string): OnnxTensor => readTensor(spanOf(readFileSync(path)));

function readCase(name: string): Case | null {
  const model = readOnnx(readFileSync(join(folder, name, 'model.onnx')));
  const data = join(folder, name, 'test_data_set_0');
  if (!model.ok || !existsSync(data)) return null;
  const files = (kind: string): OnnxTensor[] =>
    readdirSync(data)
      .filter((file) => file.startsWith(`${kind}_`))
      .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
      .map((file) => tensorIn(join(data, file)));
  // Texts, sequences and what may be missing are no tensors of numbers.
  const numeric = [...model.value.inputs, ...model.value.outputs].every(({ type }) => Object.hasOwn(elementTypes, type));
  return numeric ? { model: model.value, inputs: files('input'), outputs: files('output') } : null;
}

/** Bytes of 16 bits carry 2⁻¹¹ of each number; else float32 differs from our float64 by rounding: the project's own 1e-3 and 1e-7. */
const close = (actual: number, expected: number): boolean =>
  Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= 1e-3 * Math.abs(expected) + 1e-6;

const kindOf = (type: number) => elementTypes[type]?.kind ?? 'float';

/** Which axis is the batch's, and whether inputs behind the first are constants. */
const ways: readonly { readonly name: string; readonly batchAxis: number | null; readonly constants: boolean }[] = [
  { name: 'batch', batchAxis: 0, constants: false },
  { name: 'batch, constants', batchAxis: 0, constants: true },
  { name: 'second axis, constants', batchAxis: 1, constants: true },
  { name: 'sample', batchAxis: null, constants: false },
  { name: 'sample, constants', batchAxis: null, constants: true },
];

/** The numbers with one axis moved to the front. */
function axisFirst(data: ArrayLike<number>, shape: readonly number[], axis: number): number[] {
  const size = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const rest = data.length / size;
  return Array.from({ length: data.length }, (_, place) => {
    const other = place % rest;
    return data[(Math.floor(other / inner) * size + Math.floor(place / rest)) * inner + (other % inner)] ?? NaN;
  });
}

async function passes({ model, inputs, outputs }: Case, way: (typeof ways)[number]): Promise<string | null> {
  const names = model.inputs.map(({ name }) => name);
  const fixed = names.flatMap((name, index) => {
    const given = inputs[index];
    const whole = given !== undefined && kindOf(given.type) !== 'float';
    if (given === undefined || (!(way.constants && index > 0) && !(whole && names.length > 1 && model.nodes[0]?.operator !== 'Gather')))
      return [];
    return [[name, constantOf(kindOf(given.type), given.shape, given.decode())] as const];
  });
  const constants = new Map(fixed);
  if (model.nodes[0]?.operator === 'Gather' && way.constants && names.length === 2)
    return await tokens({ model, inputs, outputs }, way.batchAxis);
  const data = names.flatMap((name, index) => (constants.has(name) ? [] : [inputs[index]])).filter((one) => one !== undefined);
  if (data.length === 0 || data.some(({ type }) => type !== 1 && type !== 10 && type !== 11)) return null;
  return await compare({ model, inputs, outputs }, { batchAxis: way.batchAxis, constants }, data);
}

/** Gather with its table as a constant and its places as the input. */
async function tokens(one: Case, batchAxis: number | null): Promise<string | null> {
  const [table, places] = one.inputs;
  if (table === undefined || places === undefined) return null;
  const name = one.model.inputs[0]?.name ?? '';
  if (places.decode().some((value) => value < 0)) return null;
  return await compare(one, { batchAxis, constants: new Map([[name, constantOf('float', table.shape, table.decode())]]) }, [places]);
}

async function compare({ model, outputs }: Case, options: OnnxImportOptions, data: readonly OnnxTensor[]): Promise<string | null> {
  const axis = options.batchAxis ?? null;
  const batch = axis === null ? 1 : (data[0]?.shape[axis] ?? 1);
  if (batch === 0 || data.some(({ shape }) => sizeOf(shape) === 0 || sizeOf(shape) % batch !== 0)) return null;
  const decoded = data.map((tensor) => (axis === null ? Array.from(tensor.decode()) : axisFirst(tensor.decode(), tensor.shape, axis)));
  const samples = Array.from({ length: batch }, (_, sample) =>
    decoded.flatMap((numbers) => numbers.slice((sample * numbers.length) / batch, ((sample + 1) * numbers.length) / batch)),
  ).flat();
  let done = 0;
  for (const [index, { name }] of model.outputs.entries()) {
    const expected = outputs[index];
    const { model: imported, batchAxis } = convertOnnx(model, { ...options, output: name });
    if (imported === null || expected === undefined || kindOf(expected.type) !== 'float') break;
    if (axis !== null && batchAxis === null) break;
    const actual = await documentOutputs(imported.document, imported.weights, samples, batch);
    const wanted = batchAxis === null ? expected.decode() : axisFirst(expected.decode(), expected.shape, batchAxis);
    if (actual.length !== wanted.length || !wanted.every((value, place) => close(actual[place] ?? NaN, value)))
      throw new Error(`${name} differs`);
    done++;
  }
  if (done === 0) return null;
  return done === model.outputs.length ? '' : `, ${String(done)} of ${String(model.outputs.length)} outputs`;
}

/** Why the case is not computed: what stands in the way in the first way of reading it that gets as far as its operators. */
function reasonAgainst({ model }: Case): string {
  const operators = [...new Set(model.nodes.map(({ operator }) => operator))].join(', ');
  const reasons = ways.flatMap(({ batchAxis }) => convertOnnx(model, { batchAxis }).report.refused);
  const [first] = [...reasons.filter(({ operator }) => operator !== 'input' && operator !== 'graph'), ...reasons];
  if (first === undefined) return `${operators}: Its numbers are not those of a network.`;
  const isOperator = model.nodes.some(({ operator }) => operator === first.operator);
  return `${isOperator ? first.operator : operators}: ${first.reason}`;
}

async function wayOf(one: Case): Promise<string | null> {
  for (const way of ways) {
    const outputs = await passes(one, way);
    if (outputs !== null) return `${way.name}${outputs}`;
  }
  return null;
}

describe("the ONNX project's tests of its operators", () => {
  it('are there', () => {
    expect(existsSync(folder), `${folder}: apt-get install libonnx-testdata`).toBe(true);
  });

  it('pass as node-tests.json lists them, the others are refused by name, and none is computed wrongly', async () => {
    const passed: Record<string, string> = {};
    const refused: Record<string, string> = {};
    const wrong: string[] = [];
    for (const name of readdirSync(folder).sort()) {
      const one = readCase(name);
      if (one === null) {
        refused[name] = 'Texts, sequences and values that may be missing are no tensors of numbers.';
        continue;
      }
      try {
        const way = await wayOf(one);
        if (way === null) refused[name] = reasonAgainst(one);
        else passed[name] = way;
      } catch (error) {
        wrong.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const counts = { passed: Object.keys(passed).length, refused: Object.keys(refused).length };
    const found = { counts, passed, refused };
    if (process.env['HEBB_WRITE_NODE_TESTS'] !== undefined) {
      const { writeFileSync } = await import('node:fs');
      writeFileSync(join(import.meta.dirname, 'node-tests.json'), `${JSON.stringify(found, null, 2)}\n`);
    }
    expect(wrong).toEqual([]);
    // An operator without a layer is named where it is refused.
    const unnamed = Object.entries(refused).filter(([name, reason]) => !/^[A-Z][A-Za-z0-9, ]*: ./.test(reason) && readCase(name) !== null);
    expect(unnamed).toEqual([]);
    expect(found).toEqual(listed);
  }, 60_000);
});
