/** `hebb explain`: the plan of a training step: its kernels, what they move and compute, and where the time goes. */
import type { DeviceState, ExecutableStatistics, Profile } from '../../compute/devices/device';
import { unwrap } from '../../compute/graph/problem';
import { checkDataset } from '../../compute/training/dataset';
import { uploadDataset } from '../../compute/training/dataset-placement';
import { prepareModel } from '../../compute/training/model';
import { placeOnDevice } from '../../compute/training/network-on-device';
import { trainingProgram } from '../../compute/training/programs';
import { initialWeights, writeTensors } from '../../compute/training/snapshot';
import type { ValuesFor } from './commands';
import { deviceName } from './device';
import { fitTemplate } from './fit-template';
import { readModel } from './model-source';
import { count, figure, magnitude, percent } from './numbers';
import type { Output } from './output';
import { readDataset } from './sources';
import type { ExitCode, Surroundings } from './surroundings';

/** Runs that are measured; the clock of many devices is coarse. */
const measuredRuns = 20;

const bytesOf = ({ arenas }: DeviceState): number => arenas.reduce((sum, { type, size }) => sum + size * (type === 'u8' ? 1 : 4), 0);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

interface Explanation {
  readonly model: string;
  readonly device: string;
  readonly batch: number;
  readonly dispatches: number;
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes on the device: the most that tensors between kernels take, the network with its optimizer, the data set. */
  readonly memory: { readonly intermediates: number; readonly network: number; readonly data: number };
  readonly compileMilliseconds: number;
  /** Null where nothing was measured. */
  readonly stepMilliseconds: number | null;
  readonly clock: Profile['clock'] | null;
  readonly kernels: readonly (ExecutableStatistics['kernels'][number] & { readonly milliseconds: number | null })[];
}

function print(output: Output, told: Explanation): void {
  const { kernels, memory, stepMilliseconds } = told;
  /** Kernels of the CPU, which threads take in stages. */
  const staged = kernels.some(({ stages }) => stages !== undefined);
  output.line(`${told.model}, one training step on ${count(told.batch)} samples, ${told.device}`);
  const share = (milliseconds: number | null): string =>
    milliseconds === null || stepMilliseconds === null ? '' : percent(milliseconds / Math.max(stepMilliseconds, 1e-9));
  const rows = [
    ['', 'kernel', 'variant', ...(staged ? ['stages', 'tasks'] : ['workgroups']), 'FLOP', 'B read', 'B written', 'time'],
    ...kernels.map((kernel, position) => [
      String(position + 1),
      kernel.name,
      kernel.variant,
      ...(staged ? [count(kernel.stages ?? 1)] : []),
      count(kernel.workgroups),
      magnitude(kernel.flops).trim(),
      magnitude(kernel.bytesRead).trim(),
      magnitude(kernel.bytesWritten).trim(),
      share(kernel.milliseconds),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 1 || column === 2 ? cell.padEnd(width) : cell.padStart(width);
    });
    output.line(cells.join('  ').trimEnd());
  }
  output.line(
    `${count(told.dispatches)} ${staged ? 'kernels' : 'dispatches'} a step: ${magnitude(told.flops)}FLOP, ` +
      `${magnitude(told.bytesRead)}B read, ${magnitude(told.bytesWritten)}B written`,
  );
  output.line(
    `peak memory ${magnitude(sumOf(Object.values(memory)))}B: ${magnitude(memory.intermediates)}B between kernels, ` +
      `${magnitude(memory.network)}B network and optimizer, ${magnitude(memory.data)}B data`,
  );
  const measured =
    stepMilliseconds === null ? '' : `; kernels take ${figure(stepMilliseconds)} ms by the clock of the ${told.clock ?? 'host'}`;
  output.line(`compiled in ${figure(told.compileMilliseconds)} ms${measured}`);
}

export async function explain(model: string, values: ValuesFor<'explain'>, surroundings: Surroundings): Promise<ExitCode> {
  const { output, selectDevice } = surroundings;
  const source = await readModel(surroundings, model);
  const dataset = unwrap(checkDataset(await readDataset(surroundings, values.dataset, source.dataset)));
  const { document, settings: base } = fitTemplate(source, dataset, output);
  const settings = { ...base, batchSize: values.batch ?? base.batchSize, precision: values.precision ?? base.precision };
  const prepared = unwrap(prepareModel(document, settings, dataset));
  const devices = selectDevice(values);
  await devices.settle({ model: prepared, dataset });
  const device = await devices.open();
  try {
    const network = placeOnDevice(device, prepared, unwrap(uploadDataset(device, dataset, settings.batchSize)));
    writeTensors(network, initialWeights(prepared), []);
    const executable = await network.compile(trainingProgram(prepared, network.placed, settings.batchSize));
    const { statistics } = executable;
    const profile = values.static ? null : await executable.profile(measuredRuns);
    const told: Explanation = {
      model: document.name,
      device: deviceName(device.description),
      batch: settings.batchSize,
      dispatches: statistics.dispatches,
      flops: sumOf(statistics.kernels.map(({ flops }) => flops)),
      bytesRead: sumOf(statistics.kernels.map(({ bytesRead }) => bytesRead)),
      bytesWritten: sumOf(statistics.kernels.map(({ bytesWritten }) => bytesWritten)),
      memory: { intermediates: statistics.workspaceBytes, network: bytesOf(network.state), data: bytesOf(network.placed.state) },
      compileMilliseconds: statistics.compileMilliseconds,
      stepMilliseconds: profile === null ? null : sumOf(profile.milliseconds),
      clock: profile?.clock ?? null,
      kernels: statistics.kernels.map((kernel, position) => ({ ...kernel, milliseconds: profile?.milliseconds[position] ?? null })),
    };
    if (values.json) output.json(told);
    else print(output, told);
    return 0;
  } finally {
    device.dispose();
  }
}
