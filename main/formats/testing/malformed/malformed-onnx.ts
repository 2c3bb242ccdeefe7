/** ONNX models made by hand, field by field (Protocol Buffers, wire types 0 number, 2 bytes, 5 four bytes). */
import { ascii, malformed, type Malformed } from './malformed';

type Bytes = readonly number[];

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
const number = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const block = (field: number, body: Bytes, length = body.length): Bytes => [...varint(field * 8 + 2), ...varint(length), ...body];
const text = (field: number, value: string): Bytes => block(field, ascii(value));

const value = (name: string, sizes: readonly Bytes[]): Bytes => [
  ...text(1, name),
  ...block(
    2,
    block(1, [
      ...number(1, 1),
      ...block(
        2,
        sizes.flatMap((size) => [...block(1, size)]),
      ),
    ]),
  ),
];
const size = (length: number): Bytes => number(1, length);
const node = (type: string, inputs: readonly string[], outputs: readonly string[], rest: Bytes = []): Bytes => [
  ...[...inputs.flatMap((input) => [...text(1, input)]), ...outputs.flatMap((output) => [...text(2, output)])],
  ...[...text(4, type), ...rest],
];
const relu = node('Relu', ['x'], ['y']);
const input = block(11, value('x', [size(1), size(4)]));
const output = block(12, value('y', [size(1), size(4)]));
const graph = (nodes: readonly Bytes[], rest: Bytes = [...input, ...output]): Bytes =>
  block(7, [...nodes.flatMap((one) => [...block(1, one)]), ...rest]);
const version = [...number(1, 8), ...block(8, number(2, 17))];
const tensor = (fields: Bytes): Bytes => graph([relu], [...block(5, [...fields, ...text(8, 'w')]), ...input, ...output]);
const floats = (sizes: Bytes, raw: Bytes, type = 1): Bytes => tensor([...sizes, ...number(2, type), ...block(9, raw)]);

const damaged = 'model.damaged';

export const malformedOnnx = (): readonly Malformed[] => [
  malformed('no model', damaged, []),
  malformed('no graph', damaged, version),
  malformed('a text', damaged, ascii('this is no model')),
  malformed('zeros', damaged, new Uint8Array(20)),
  malformed('ones', damaged, new Uint8Array(20).fill(255)),
  malformed('a number without an end', damaged, [0x08, 0x80]),
  malformed('a number of eleven bytes', damaged, [0x08, ...new Array<number>(11).fill(0x80), 1]),
  malformed('field 0', damaged, version, [0x02, 0]),
  malformed('a group', damaged, version, [0x0b, 0x0c]),
  malformed('wire type 6', damaged, version, [0x0e, 0]),
  malformed('wire type 7', damaged, version, [0x0f, 0]),
  malformed('a graph that is a number', damaged, version, number(7, 1)),
  malformed('a graph longer than the file', damaged, version, block(7, relu, 1000)),
  malformed('a graph of four gigabytes', damaged, version, block(7, relu, 0xffffffff)),
  malformed('a graph of more bytes than numbers can count', damaged, version, [0x3a, ...new Array<number>(9).fill(0xff), 1]),
  malformed('a graph cut in the middle', damaged, version, graph([relu]).slice(0, 20)),
  malformed('a node longer than its graph', damaged, version, block(7, block(1, relu, 500))),
  malformed('a node whose type is a number', damaged, version, graph([[...text(1, 'x'), ...number(4, 5)]])),
  malformed('an operator whose name has a million letters', damaged, version, graph([node('R'.repeat(1_000_000), ['x'], ['y'])])),
  malformed('an attribute longer than its node', damaged, version, graph([node('Relu', ['x'], ['y'], block(5, text(1, 'a'), 100))])),
  malformed(
    'a shape longer than its input',
    damaged,
    version,
    graph([relu], [...block(11, [...text(1, 'x'), ...block(2, block(1, number(1, 1), 90))]), ...output]),
  ),
];

/** Nothing uses these weights: a model is read without them, a file of weights is not. */
export const malformedOnnxWeights = (): readonly Malformed[] => [
  malformed('weights with fewer values than their shape', damaged, version, floats(number(1, 4), new Array<number>(12).fill(0))),
  malformed('weights with more values than their shape', damaged, version, floats(number(1, 2), new Array<number>(12).fill(0))),
  malformed('weights of a negative size', damaged, version, floats([0x08, ...new Array<number>(9).fill(0xff), 1], [0, 0, 0, 0])),
  malformed('weights of four billion values', damaged, version, floats([...number(1, 65_536), ...number(1, 65_536)], [0, 0, 0, 0])),
  malformed('weights of more values than numbers can count', damaged, version, floats(number(1, 2 ** 52), [0, 0, 0, 0])),
  malformed('weights of an unknown type', damaged, version, floats(number(1, 1), [0, 0, 0, 0], 99)),
  malformed('weights of texts', damaged, version, floats(number(1, 1), [0, 0, 0, 0], 8)),
  malformed('weights whose bytes are cut', damaged, version, floats(number(1, 1), [0, 0, 0])),
  malformed(
    'weights in another file',
    damaged,
    version,
    tensor([...number(1, 1), ...number(2, 1), ...number(14, 1), ...block(13, [...text(1, 'location'), ...text(2, '../w.bin')])]),
  ),
];
