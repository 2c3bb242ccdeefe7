/** Networks that PyTorch wrote as ONNX give here what PyTorch gave, whatever the opset and whether the batch is open. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as v from 'valibot';
import { unwrap } from '../../../../compute/graph/problem';
import { documentOutputs } from '../../../../compute/testing/document-outputs';
import { importOnnx } from './import-onnx';

const folder = mkdtempSync(join(tmpdir(), 'hebb-torch-'));
const indexSchema = v.record(
  v.string(),
  v.object({ file: v.string(), axis: v.number(), samples: v.array(v.number()), expected: v.array(v.number()) }),
);
let index: v.InferOutput<typeof indexSchema> = {};

beforeAll(() => {
  const { status, stderr } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'testing/torch_networks.py'), folder], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  index = v.parse(indexSchema, JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')));
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('twelve networks in four ways each', async () => {
  expect(Object.keys(index)).toHaveLength(48);
  const failures: string[] = [];
  for (const [title, { file, axis, samples, expected }] of Object.entries(index)) {
    const { model, report } = unwrap(importOnnx(readFileSync(join(folder, `${file}.onnx`)), { batchAxis: axis }));
    if (model === null) {
      failures.push(`${title}: ${JSON.stringify(report.refused)}`);
      continue;
    }
    const actual = await documentOutputs(model.document, model.weights, samples, 3);
    const worst = expected.reduce((greatest, value, place) => Math.max(greatest, Math.abs(value - (actual[place] ?? NaN))), 0);
    // PyTorch computes in float32: 1e-4 is what an exact import of networks this small stays far below.
    if (actual.length !== expected.length || !(worst < 1e-4)) failures.push(`${title}: ${String(worst)}`);
  }
  expect(failures).toEqual([]);
}, 60_000);
