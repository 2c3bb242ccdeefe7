/** `hebb evaluate` and `hebb export` as a person runs them. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { training, workplaceWithStripes } from './testing/stripes';

const { hebb, path, runOf, weightsOf } = workplaceWithStripes();

describe('hebb evaluate and export', () => {
  beforeAll(async () => {
    await hebb('train', ...training, '--steps', '6', '--out', 'kept', '--json');
  });
  const weights = ['--weights', 'kept/weights.safetensors'];

  it('measures what the training measured', async () => {
    const { events, code } = await hebb('evaluate', 'model.json', ...weights, '--dataset', 'stripes', '--device', 'reference', '--json');
    expect(code).toBe(0);
    const { result } = runOf('kept');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      event: 'done',
      testAccuracy: result.testAccuracy,
      testLoss: result.testLoss,
      samples: 10,
      classes: ['0', '1'],
    });
    const confusion = events[0]?.['confusion'] as number[][];
    expect((confusion[0]![0]! + confusion[1]![1]!) / 10).toBe(result.testAccuracy);
    const plain = await hebb('evaluate', 'model.json', ...weights, '--dataset', 'stripes', '--device', 'reference');
    expect(plain.output).toMatch(/^test accuracy [\d.]+%, loss \S+\n {2}0: \S+ of \d+\n {2}1: \S+ of \d+\n/);
  });

  const checked = ['--dataset', 'stripes', '--device', 'reference'];

  it('writes both formats and says where', async () => {
    const tensors = await hebb(
      'export',
      'model.json',
      ...weights,
      '--to',
      'safetensors',
      '--out',
      'exports/tiny.safetensors',
      ...checked,
      '--json',
    );
    expect(tensors.events).toMatchObject([
      {
        event: 'done',
        format: 'safetensors',
        file: path('exports/tiny.safetensors'),
        bytes: readFileSync(path('exports/tiny.safetensors')).length,
        check: { runtime: 'onnxruntime', read: 'weights', samples: 4 },
      },
    ]);
    const given = weightsOf('kept/weights.safetensors').map(({ name, data }) => [name, Float32Array.from(data)]);
    expect(weightsOf('exports/tiny.safetensors').map(({ name, data }) => [name, Float32Array.from(data)])).toEqual(given);
    const onnx = await hebb('export', 'model.json', ...weights, '--to', 'onnx', '--out', 'exports/tiny.onnx', ...checked);
    expect(onnx).toMatchObject({ code: 0, errors: '' });
    expect(onnx.output).toMatch(
      /^wrote .*tiny\.onnx \([\d,]+ bytes\)\nchecked by onnxruntime on 4 samples \(the file read back\): largest difference \S+, \S+ is allowed\n$/,
    );
    // A data set that does not fit, and that nobody named, leaves the export unchecked.
    const unchecked = await hebb('export', 'model.json', ...weights, '--to', 'npz', '--out', 'exports/tiny.npz', '--device', 'reference');
    expect(unchecked).toMatchObject({ code: 0 });
    expect(unchecked.output).toMatch(/not checked: \S/);
    // The IR version comes first in the file.
    expect([...readFileSync(path('exports/tiny.onnx')).subarray(0, 2)]).toEqual([0x08, 8]);
  });
});
