import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { malformedCifar } from './malformed/malformed-cifar';
import { malformedBundle, malformedCheckpoint, malformedDataset, malformedProject, malformedRun } from './malformed/malformed-documents';
import { foreignSamples } from './foreign-samples';
import { malformedHdf5, malformedKeras, malformedTensorFlowJs } from './malformed/malformed-models';
import { malformedOnnx, malformedOnnxWeights } from './malformed/malformed-onnx';
import { malformedGzip, malformedNpz } from './malformed/malformed-packed';
import { malformedSafetensors } from './malformed/malformed-safetensors';
import { answerOf, readers } from './readers';

const arrays = malformedNpz();
const sampleOf = foreignSamples();
const hdf5 = malformedHdf5(sampleOf('keras-h5', 'dense'), sampleOf('keras-h5', 'two'));
const kerasArchive = unzipSync(sampleOf('keras', 'dense'));

it.each([
  ['gzip', malformedGzip()],
  ['npz', arrays],
  ['weights', [...arrays.filter(({ bytes }) => bytes[0] === 0x50), ...malformedOnnxWeights()]],
  ['onnx', malformedOnnx()],
  ['cifar', malformedCifar()],
  ['safetensors', malformedSafetensors()],
  ['project', malformedProject()],
  ['run', malformedRun()],
  ['dataset', malformedDataset()],
  ['checkpoint', malformedCheckpoint()],
  ['bundle', malformedBundle()],
  ['keras-h5', hdf5],
  ['keras', malformedKeras({ config: kerasArchive['config.json']!, weights: kerasArchive['model.weights.h5']! }, hdf5)],
  ['tensorflow-js', malformedTensorFlowJs(JSON.parse(sampleOf('tensorflow-js', 'dense').toString()) as Readonly<Record<string, unknown>>)],
] as const)('%s: each malformed file is refused for what is wrong with it', async (format, cases) => {
  expect(cases.length).toBeGreaterThanOrEqual(format === 'onnx' ? 20 : 30);
  const { read } = readers.find(({ name }) => name === format)!;
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  const answers = [];
  for (const { name, bytes } of cases) {
    const answer = await answerOf(read, bytes);
    answers.push([name, answer.ok ? 'read' : answer.problem.code]);
  }
  expect(answers).toEqual(cases.map(({ name, code }) => [name, code]));
});
