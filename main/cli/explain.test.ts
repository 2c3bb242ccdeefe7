/** The plan of a training step as `hebb explain` tells it: sums that agree with the kernels, and arithmetic that can be counted by hand. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkplace, writeStripes } from './testing/command';

const workplace = createWorkplace();
const { hebb, path } = workplace;
afterAll(() => workplace.remove());

const model = {
  format: 'hebb-model',
  version: 1,
  name: 'one layer',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [1, 6, 6] } },
    { id: 'flatten', kind: 'flatten', version: 1, parameters: {} },
    { id: 'dense', kind: 'dense', version: 1, parameters: { units: 2 } },
  ],
  edges: [
    { from: 'input', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'dense', port: 0 },
  ],
};
const words = ['explain', 'model.json', '--dataset', 'stripes', '--batch', '8'];

interface Told {
  readonly dispatches: number;
  readonly flops: number;
  readonly stepMilliseconds: number | null;
  readonly memory: { readonly network: number; readonly data: number };
  readonly kernels: readonly {
    readonly name: string;
    readonly flops: number;
    readonly bytesRead: number;
    readonly milliseconds: number | null;
  }[];
}

beforeAll(() => {
  writeStripes(path('stripes'), 6, { train: 40, test: 10 });
  writeFileSync(path('model.json'), JSON.stringify(model));
});

describe('hebb explain', () => {
  it('lists the kernels of a step with their work', async () => {
    const { code, output } = await hebb(...words, '--device', 'webgpu', '--json');
    expect(code).toBe(0);
    const told = JSON.parse(output) as Told;
    expect(told.kernels).toHaveLength(told.dispatches);
    expect(told.kernels.reduce((sum, { flops }) => sum + flops, 0)).toBe(told.flops);
    const product = told.kernels.find(({ name }) => name.startsWith('matrixProduct +'));
    // 8 × 36 by 36 × 2, a multiplication and an addition each, then the bias.
    expect(product?.flops).toBe(2 * 8 * 36 * 2 + 8 * 2);
    expect(product?.bytesRead).toBe(4 * (8 * 36 + 36 * 2 + 2));
    expect(told.kernels.every(({ milliseconds }) => milliseconds !== null && milliseconds >= 0)).toBe(true);
    expect(told.memory.data).toBe(50 * (36 + 4));
  });

  it('of a template tells what would be trained on these data: its ends follow them', async () => {
    const { code, output, errors } = await hebb(
      'explain',
      'mlp',
      '--dataset',
      'stripes',
      '--batch',
      '8',
      '--static',
      '--device',
      'cpu',
      '--json',
    );
    expect(code).toBe(0);
    expect(errors).toContain('follows stripes');
    const { memory } = JSON.parse(output) as Told;
    // One byte a number of 50 samples of 6 × 6, and their labels.
    expect(memory.data).toBe(50 * (36 + 4));
  });

  it('tells of the CPU in stages and tasks, and of the same arithmetic', async () => {
    const { code, output } = await hebb(...words, '--device', 'cpu');
    expect(code).toBe(0);
    expect(output).toMatch(/^one layer, one training step on 8 samples, CPU, \d+ threads? /);
    expect(output).toMatch(/kernel +variant +stages +tasks +FLOP/);
    expect(output).toMatch(/kernels take .* ms by the clock of the host/);
    const told = JSON.parse((await hebb(...words, '--device', 'cpu', '--static', '--json')).output) as Told;
    const product = told.kernels.find(({ name }) => name.startsWith('matrixProduct +'));
    expect(product?.flops).toBe(2 * 8 * 36 * 2 + 8 * 2);
    expect(told.stepMilliseconds).toBeNull();
  });

  it('prints a line a kernel, and measures nothing where it is told so', async () => {
    const { code, output } = await hebb(...words, '--device', 'webgpu', '--static');
    expect(code).toBe(0);
    expect(output).toMatch(/matrixProduct \+ add .*\d/);
    expect(output).toMatch(/dispatches a step/);
    expect(output).not.toMatch(/clock of/);
  });
});
