import { expect, it } from 'vitest';
import { malformedOnnx, malformedOnnxWeights } from './malformed/malformed-onnx';
import { malformedGzip, malformedNpz } from './malformed/malformed-packed';
import { answerOf, readers } from './readers';

const arrays = malformedNpz();

it('there are thirty or more of each', () => {
  for (const cases of [malformedGzip(), arrays, [...malformedOnnx(), ...malformedOnnxWeights()]])
    expect(cases.length).toBeGreaterThanOrEqual(30);
});

it.each([
  ['gzip', malformedGzip()],
  ['npz', arrays],
  ['weights', [...arrays.filter(({ bytes }) => bytes[0] === 0x50), ...malformedOnnxWeights()]],
  ['onnx', malformedOnnx()],
] as const)('%s: each malformed file is refused for what is wrong with it', async (format, cases) => {
  const { read } = readers.find(({ name }) => name === format)!;
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  const answers = [];
  for (const { name, bytes } of cases) {
    const answer = await answerOf(read, bytes);
    answers.push([name, answer.ok ? 'read' : answer.problem.code]);
  }
  expect(answers).toEqual(cases.map(({ name, code }) => [name, code]));
});
