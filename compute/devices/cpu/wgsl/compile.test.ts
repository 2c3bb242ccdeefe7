/** Every elementwise operation as four-lane WebAssembly, held against its float64 definition. */
import { describe, expect, test } from 'vitest';
import type { Attributes, DataType, ElementwiseOperation, OperationSample } from '../../../graph/tensor';
import { philox, uniformOf } from '../../../graph/philox';
import { drawInput } from '../../../testing/draw';
import { asFloats, runLanes, type LaneArray } from '../../../testing/lanes';
import { operations } from '../../../testing/operation-cases';
import { compileElementwise, compileText } from './compile';

const elementwise = [...operations.values()].filter((operation) => operation.kind === 'elementwise');

const arrayOf = (type: DataType, values: ArrayLike<number>): LaneArray =>
  type === 'f32' ? Float32Array.from(values) : type === 'i32' ? Int32Array.from(values) : Uint8Array.from(values);

interface Compared {
  readonly operands: readonly number[];
  readonly actual: number;
  readonly expected: number;
}

/** Both results at each element, as f32 or whole numbers, which wrap. */
async function compare(
  operation: ElementwiseOperation<never>,
  types: readonly DataType[],
  attributes: Attributes,
  inputs: readonly LaneArray[],
  length: number,
): Promise<Compared[]> {
  const code = compileElementwise(operation, types, attributes);
  const bits = await runLanes(inputs, length, (writer, operands, index) => code.write(writer, operands, code.usesIndex ? index : null));
  // The attributes stand in the operation's sample.
  const given = attributes as never;
  const { type } = operation.infer(
    types.map((one) => ({ shape: [length], type: one })),
    given,
  );
  const actual = type === 'i32' ? bits : asFloats(bits);
  return Array.from({ length }, (_, element) => {
    const operands = inputs.map((input) => input[element] ?? 0);
    const expected = operation.reference([operands[0] ?? 0, operands[1] ?? 0, operands[2] ?? 0], given, element);
    return {
      operands,
      actual: actual[element] ?? NaN,
      expected: type === 'i32' && Math.abs(expected) < 2 ** 53 ? expected | 0 : Math.fround(expected),
    };
  });
}

/** Where the results differ by more than the relative and the absolute tolerance; NaN and infinities must be the same. */
const differing = (results: readonly Compared[], relative: number, absolute: number): Compared[] =>
  results
    .filter(({ actual, expected }) => {
      if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return false;
      return !(Number.isFinite(expected) && Math.abs(actual - expected) <= relative * Math.abs(expected) + absolute);
    })
    .slice(0, 5);

const cases = elementwise.flatMap((operation) =>
  operation.samples.map((sample) => [`${operation.name}: ${sample.name}`, operation, sample] as const),
);

describe('samples', () => {
  test.each(cases)('%s', async (name, operation, sample: OperationSample) => {
    const inputs = sample.inputs.map((input, place) => arrayOf(input.type, drawInput(`${name} ${String(place)}`, input)));
    const types = sample.inputs.map(({ type }) => type);
    const results = await compare(operation, types, sample.attributes, inputs, inputs[0]?.length ?? 7);
    const [relative, absolute] = tolerances[operation.name] ?? [0, 0];
    expect(differing(results, relative, absolute)).toEqual([]);
  });
});

/**
 * Relative and absolute bounds of what is not rounded once: functions are right to 1 or 2 units of at most 1.2e-7, roots of powers to
 * 2.5; what their texts add, near zeros of the function absolutely. The series of erf promises 1.5e-7 of 1.
 */
const tolerances: Readonly<Record<string, readonly [number, number]>> = {
  // It is 0 just before numbers become subnormal.
  exp: [1.2e-7, 1.8e-38],
  log: [1.2e-7, 0],
  power: [3e-7, 2e-45],
  tanh: [2.4e-7, 0],
  sigmoid: [3e-7, 1.8e-38],
  softplus: [3e-7, 1e-7],
  expm1: [4e-7, 0],
  'error-function': [3e-7, 2e-7],
  sine: [3e-7, 1e-7],
  cosine: [3e-7, 1e-7],
};

/** Numbers of all sizes and signs, and the edges. */
const wideFloats = [
  ...Array.from({ length: 400 }, (_, number) => (number % 2 === 0 ? 1 : -1) * 10 ** (number / 8 - 38) * (1 + (number % 7) / 7)),
  ...Array.from({ length: 401 }, (_, number) => (number - 200) / 16),
  ...[0, -0, Infinity, -Infinity, NaN, 2 ** -149, 3.4e38, -3.4e38],
].filter((value) => !Number.isFinite(value) || Math.abs(value) <= 3.4028234663852886e38);
const wideIntegers = [0, 1, -1, 2, -2, 3, 7, -7, 12, 100, -100, 65_535, 65_536, 0x7fffffff, -0x7fffffff, -0x80000000];

/** In WGSL, and so here, remainders by 0 are 0, and what is out of range or NaN has no whole number. */
const definedFor: Readonly<Record<string, (operands: readonly number[]) => boolean>> = {
  remainder: ([, divisor = 0]) => divisor !== 0,
  cast: ([x = NaN]) => Math.abs(x) < 0x80000000,
  // Roots of −∞ are those of the square root: no numbers.
  power: ([x = NaN]) => x !== -Infinity,
  // The three parts of π/2 are exact to some thousands.
  sine: ([x = NaN]) => Math.abs(x) < 4000,
  cosine: ([x = NaN]) => Math.abs(x) < 4000,
};

const ofKinds = new Map(
  cases.flatMap(([, operation, sample]) => {
    const kinds = sample.inputs.map(({ type }) => type).join(' and ');
    return kinds === '' ? [] : [[`${operation.name} of ${kinds}`, [operation, sample] as const] as const];
  }),
);

describe('numbers of all sizes', () => {
  test.each([...ofKinds].map(([name, rest]) => [name, ...rest] as const))('%s', async (_name, operation, sample) => {
    const types = sample.inputs.map(({ type }) => type);
    const lists = types.map((type) => (type === 'f32' ? wideFloats : type === 'i32' ? wideIntegers : [...Array(256).keys()]));
    const length = types.length === 1 ? (lists[0]?.length ?? 0) : 4000;
    // The places in the second and third list wander, so that each number meets many others.
    const inputs = lists.map((list, place) =>
      arrayOf(
        types[place] ?? 'f32',
        Array.from(
          { length },
          (_, element) => list[(element * (1 + place) + place * Math.floor(element / list.length)) % list.length] ?? 0,
        ),
      ),
    );
    const isDefined = definedFor[operation.name] ?? (() => true);
    const results = (await compare(operation, types, sample.attributes, inputs, length)).filter(({ operands }) => isDefined(operands));
    // Products of whole numbers that float64 does not hold are left out.
    const judged = results.filter(({ expected }) => !types.includes('i32') || Math.abs(expected) < 2 ** 53);
    expect(judged.length).toBeGreaterThan(10);
    const [relative, absolute] = tolerances[operation.name] ?? [0, 0];
    expect(differing(judged, relative, absolute)).toEqual([]);
  });
});

const whole = Int32Array.from([...wideIntegers, 5, 6, 9, 10, 1023, 1024, 1_000_000, 123_456_789, 2_000_000_000]);

async function computeText(text: string, inputs: readonly LaneArray[], types: readonly DataType[], functions = ''): Promise<Int32Array> {
  const code = compileText('a test', text, types, functions);
  return runLanes(inputs, inputs[0]?.length ?? 0, (writer, operands, index) => code.write(writer, operands, index));
}

test.each([1, 2, 3, 5, 6, 7, 10, 12, 25, 64, 576, 641, 65_535, 65_537, 0x7fffffff, 0x80000001, 0xffffffff])(
  'unsigned numbers divided by %i',
  async (divisor) => {
    const by = `${String(divisor)}u`;
    const quotients = await computeText(`bitcast<i32>(bitcast<u32>(a) / ${by})`, [whole], ['i32']);
    const rests = await computeText(`bitcast<i32>(bitcast<u32>(a) % ${by})`, [whole], ['i32']);
    expect([...quotients].map((value) => value >>> 0)).toEqual([...whole].map((value) => Math.floor((value >>> 0) / divisor)));
    expect([...rests].map((value) => value >>> 0)).toEqual([...whole].map((value) => (value >>> 0) % divisor));
  },
);

test('signed numbers are divided towards zero, and by 0 and −1 without a trap', async () => {
  const divisors = Int32Array.from(whole, (_, place) => [3, -3, -1, 0, 1, 1000][place % 6] ?? 1);
  const quotients = await computeText('a / b', [whole, divisors], ['i32', 'i32']);
  expect([...quotients]).toEqual(
    [...whole].map((value, place) => {
      const divisor = divisors[place] ?? 0;
      return Math.trunc(value / (divisor === 0 ? 1 : divisor)) | 0;
    }),
  );
});

test('the order of operators, loops, variables and functions', async () => {
  const functions = `fn twice(x: f32) -> f32 { return x + x; }
    fn mixed(x: f32, n: i32) -> f32 {
      var sum = 0.0f; // of all turns
      let base = twice(x);
      for (var turn = 0; turn < 4; turn += 2) {
        let next = base + f32(turn);
        sum += next;
      }
      sum *= 2.0f;
      return select(sum, -sum, n > 2 && !(x == 1.0f) || (n & 3) == 1 << 1u);
    }`;
  const x = Float32Array.of(1, 2, 0.5, -1, 4);
  const n = Int32Array.of(3, 3, 1, 6, 0);
  const negated = [false, true, false, true, false];
  const expected = [...x].map((value, place) => (negated[place] === true ? -1 : 1) * 2 * (2 * (2 * value) + 2));
  expect([...asFloats(await computeText('mixed(a, b)', [x, n], ['f32', 'i32'], functions))]).toEqual(expected);
  expect([...asFloats(await computeText('a - 1.0f - a * 2.0f / 4.0f', [x], ['f32']))]).toEqual(
    [...x].map((value) => value - 1 - value / 2),
  );
  expect([...(await computeText('i32(linearIndex % 3u) + 1', [x], ['f32']))]).toEqual([1, 2, 3, 1, 2]);
});

test('a negative zero is told from zero', async () => {
  const operation = operations.get('constant');
  if (operation?.kind !== 'elementwise') throw new Error('there is no constant');
  for (const value of [0, -0]) {
    const code = compileElementwise(operation, [], { value, shape: [4], type: 'f32' });
    const [first] = asFloats(await runLanes([], 4, (writer) => code.write(writer, [], null)));
    expect(Object.is(first, value)).toBe(true);
  }
});

test('random numbers are those of graph/philox, to the bit', async () => {
  const operation = operations.get('random-uniform');
  if (operation?.kind !== 'elementwise') throw new Error('there is no random-uniform');
  const inputs = [12, -5, 99_999].map((value) => new Int32Array(500).fill(value));
  const results = await compare(operation, ['i32', 'i32', 'i32'], { key: 0xfedcba98 }, inputs, 500);
  const words = new Uint32Array(4);
  results.forEach(({ actual }, element) => {
    philox(element, 99_999, 0xfedcba98, 0, 12, -5, words);
    expect(actual).toBe(uniformOf(words[0] ?? 0));
  });
});

test.each([
  ['a + ', /expected a name, found the end/],
  ['a @ b', /a character that the subset does not have/],
  ['fma(a, b, a)', /no function fma/],
  ['a + 1i', /\+ of f32 and i32/],
  ['a << b', /by what is no constant/],
  ['a == b', /its text gives bool/],
  ['pow(a, b)', /constant exponent/],
  ['missing', /nothing is called missing/],
])('%s is refused, naming the operation', async (text, message) => {
  const attempt = computeText(text, [Float32Array.of(1), Float32Array.of(2)], ['f32', 'f32']);
  await expect(attempt).rejects.toThrow(/the CPU device cannot compile a test/);
  await expect(attempt).rejects.toThrow(message);
});
