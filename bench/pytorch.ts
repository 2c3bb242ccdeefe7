/** PyTorch in a process of its own: the losses that all others must have, and its speed on the CPU or with CUDA. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodesOf } from '../compute/layers/network';
import type { Entrant, PreparedEntry } from './entrant';
import { initialWeights } from './initial-weights';
import { COMPARED_LOSSES } from './measure';
import { trainingData } from './numbers';
import { shapesOf, type TrainingWorkload, type Workload } from './workloads';

/** Debian's packages belong to this interpreter, whatever else is first on the path. */
const interpreter = process.env['HEBB_PYTHON'] ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');

async function trainingCase(workload: TrainingWorkload, folder: string, type: Precision): Promise<object> {
  const document = workload.document();
  const { count, samples, labels } = trainingData(workload);
  const weights = [...initialWeights(document)];
  let offset = 0;
  const placed = weights.map(([name, { shape, data }]) => {
    const place = { name, shape, offset };
    offset += data.length;
    return place;
  });
  const values = new Float32Array(offset);
  for (const [index, { offset: place }] of placed.entries()) values.set(weights[index]?.[1].data ?? [], place);
  const files = { weightsFile: join(folder, 'weights'), samplesFile: join(folder, 'samples'), labelsFile: join(folder, 'labels') };
  await Promise.all([writeFile(files.weightsFile, values), writeFile(files.samplesFile, samples), writeFile(files.labelsFile, labels)]);
  return {
    ...files,
    type,
    batch: workload.batch,
    tokens: workload.vocabulary !== undefined,
    weights: placed,
    samplesShape: [count, ...workload.sampleShape],
    labelsShape: [count, labels.length / count],
    nodes: nodesOf(document).map(({ id, definition, parameters, inputs, inputShapes }) => {
      const { module, call } = definition.pytorch(inputShapes, parameters);
      const names = inputs.length === 0 ? ['x0'] : inputs.map((_, position) => `x${String(position)}`);
      return { id, inputs, module: module ?? null, call: call('module', names) };
    }),
  };
}

type Precision = 'float32' | 'float64';

async function caseOf(workload: Workload, folder: string, type: Precision): Promise<object> {
  switch (workload.kind) {
    case 'training':
      return trainingCase(workload, folder, type);
    case 'product':
      return { ...shapesOf(workload), form: workload.form };
    case 'convolution':
      return { ...shapesOf(workload), form: null, pass: workload.pass, padding: workload.padding };
    case 'dispatches':
    case 'multiply-add':
      throw new Error('PyTorch is given no kernels');
  }
}

export interface Referee extends Entrant {
  /** The losses of the first steps in float64: what every engine is compared with. */
  readonly judge: (workload: TrainingWorkload) => Promise<readonly number[]>;
  /** Ends the process. */
  readonly close: () => void;
}

/** Starts the process; rejects where there is no Python with PyTorch, or where that finds no CUDA. */
export async function openPyTorch(threads: number, device: 'cpu' | 'cuda'): Promise<Referee> {
  const script = fileURLToPath(new URL('pytorch.py', import.meta.url));
  const process = spawn(interpreter, [script, String(threads), device], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => {
    process.once('error', (error) => reject(new Error(`${interpreter} could not be started: ${error.message}`)));
  });
  failed.catch(() => undefined);
  const ask = async (request: object): Promise<unknown> => {
    process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await Promise.race([lines.next(), failed]);
    if (line.done === true) throw new Error('PyTorch ended; what it said stands above (Debian: apt-get install python3-torch)');
    // The script answers so.
    const reply = JSON.parse(line.value) as { readonly value: unknown } | { readonly error: string };
    if ('error' in reply) throw new Error(reply.error);
    return reply.value;
  };
  let lastHandle = 0;
  const prepare = async (workload: Workload, type: Precision): Promise<PreparedEntry> => {
    const handle = ++lastHandle;
    const folder = await mkdtemp(join(tmpdir(), 'hebb-bench-'));
    const started = performance.now();
    try {
      await ask({ call: 'prepare', handle, case: await caseOf(workload, folder, type) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return {
      milliseconds: performance.now() - started,
      run: async (times) => Number(await ask({ call: 'run', handle, times })),
      losses: async (steps) => (await ask({ call: 'losses', handle, steps })) as readonly number[],
      elements: () => Promise.resolve([]),
      details: () => Promise.resolve({}),
      dispose: async () => {
        await ask({ call: 'dispose', handle });
      },
    };
  };
  return {
    name: device === 'cpu' ? 'PyTorch CPU' : 'PyTorch CUDA',
    version: String(await ask({ call: 'version' })),
    prepare: (workload) => prepare(workload, 'float32'),
    async judge(workload) {
      const entry = await prepare(workload, 'float64');
      const losses = await entry.losses(COMPARED_LOSSES);
      await entry.dispose();
      return losses;
    },
    close: () => {
      process.stdin.end();
    },
  };
}
