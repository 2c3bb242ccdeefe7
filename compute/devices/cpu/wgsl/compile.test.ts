/** Every elementwise operation as four-lane WebAssembly, held against its float64 definition. */
import { expect, test } from 'vitest';
import type { Attributes, DataType, ElementwiseOperation, OperationSample } from '../../../graph/tensor';
import { drawInput } from '../../../testing/draw';
import { asFloats, runLanes, type LaneArray } from '../../../testing/lanes';
import { operations } from '../../../testing/operation-cases';
import { compileElementwise } from './compile';

/** Functions are right to 2 units of 2⁻²³, what is composed of a few of them to some more; 1e-7 is what erf's series promises. */
const TOLERANCE = 1.5e-6;

const elementwise = [...operations.values()].filter((operation) => operation.kind === 'elementwise');

const arrayOf = (type: DataType, values: ArrayLike<number>): LaneArray =>
  type === 'f32' ? Float32Array.from(values) : type === 'i32' ? Int32Array.from(values) : Uint8Array.from(values);

/** Both results at each element. */
async function compare(
  operation: ElementwiseOperation<never>,
  types: readonly DataType[],
  attributes: Attributes,
  inputs: readonly LaneArray[],
  length: number,
) {
  const { type } = operation.infer(
    types.map((one) => ({ shape: [length], type: one })),
    { ...attributes, ...('shape' in attributes ? { shape: [length], axis: 0 } : {}) } as never,
  );
  const code = compileElementwise(operation, types, attributes);
  const bits = await runLanes(inputs, length, (writer, operands, index) => code.write(writer, operands, code.usesIndex ? index : null));
  const actual = type === 'i32' ? bits : asFloats(bits);
  return Array.from({ length }, (_, element) => {
    const operands = inputs.map((input) => input[element] ?? 0);
    const expected = operation.reference([operands[0] ?? 0, operands[1] ?? 0, operands[2] ?? 0], attributes as never, element);
    return { operands, actual: actual[element] ?? NaN, expected: type === 'i32' ? expected : Math.fround(expected) };
  });
}

function expectEqual(results: Awaited<ReturnType<typeof compare>>): void {
  const wrong = results.filter(({ actual, expected }) => {
    if (Object.is(actual, expected) || actual === expected) return false;
    return !(Math.abs(actual - expected) <= TOLERANCE * Math.max(Math.abs(expected), 1e-30));
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}

const cases = elementwise.flatMap((operation) =>
  operation.samples.map((sample) => [`${operation.name}: ${sample.name}`, operation, sample] as const),
);

test('there are elementwise operations', () => {
  expect(cases.length).toBeGreaterThan(40);
});

test.each(cases)('%s', async (name, operation, sample: OperationSample) => {
  const inputs = sample.inputs.map((input, place) => arrayOf(input.type, drawInput(`${name} ${String(place)}`, input)));
  const attributes = sample.attributes;
  const length = inputs[0]?.length ?? 7;
  expectEqual(
    await compare(
      operation,
      sample.inputs.map(({ type }) => type),
      attributes,
      inputs,
      length,
    ),
  );
});
