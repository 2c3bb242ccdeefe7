/** Where a run was trained and with what seed, read with care: a run on disk may be of another version. Pure. */
import * as v from 'valibot';
import type { Run } from './run-table';

const deviceSchema = v.object({
  kind: v.string(),
  name: v.optional(v.string(), ''),
  threads: v.optional(v.nullable(v.number())),
});
const settingsSchema = v.object({ seed: v.number() });

/** `device`, `seed`, or the name of a program with its version. */
export interface RunFact {
  readonly fact: string;
  readonly text: string;
}

export function factsOf({ device, settings, versions }: Pick<Run, 'device' | 'settings' | 'versions'>): readonly RunFact[] {
  const [on, given] = [v.safeParse(deviceSchema, device), v.safeParse(settingsSchema, settings)];
  const place = on.success
    ? [
        on.output.kind === 'webgpu' ? 'WebGPU' : on.output.kind === 'cpu' ? 'CPU' : on.output.kind,
        ...(on.output.name === '' || on.output.name.toLowerCase() === on.output.kind ? [] : [on.output.name]),
        ...(typeof on.output.threads === 'number' ? [`× ${String(on.output.threads)}`] : []),
      ].join(' ')
    : '';
  return [
    ...(place === '' ? [] : [{ fact: 'device', text: place }]),
    ...(given.success ? [{ fact: 'seed', text: String(given.output.seed) }] : []),
    ...Object.entries(versions).map(([fact, text]) => ({ fact, text })),
  ];
}
