/**
 * Kernels of one kind that can share a dispatch: each job is the work of so many workgroups, and the number of a workgroup
 * tells which job is its own. It knows nothing of what they compute.
 */
import type { Placement } from './kernel-bindings';
import { KernelWriter } from './kernel-writer';
import type { Node } from './nodes';
import { foldDispatch, u, type KernelOptions, type PlannedKernel, type Triple } from './planned-kernel';

export interface Job {
  readonly name: string;
  readonly variant: string;
  /** Invocations of a workgroup. */
  readonly width: number;
  readonly workgroups: number;
  /** Floating-point operations. */
  readonly flops: number;
  readonly placementOf: (node: Node) => Placement | null;
  /**
   * Writes the statements, in whose scope are `group`, `local` and `global` (vec3<u32>, counted from the job's own first), and
   * gives the declarations at module scope that they need. Names there end with `suffix`.
   */
  readonly write: (writer: KernelWriter, suffix: string) => readonly string[];
}

/** One kernel for all of them; they have one width. */
export function writeJobs(jobs: readonly Job[], { profile, isRounded }: Pick<KernelOptions, 'profile' | 'isRounded'>): PlannedKernel {
  const [first, ...others] = jobs;
  if (!first) throw new Error('a kernel without a job');
  const width = first.width;
  const total = jobs.reduce((sum, job) => sum + job.workgroups, 0);
  const workgroups: Triple = [total, 1, 1];
  const dispatch = foldDispatch(workgroups, profile.maximumWorkgroupsPerDimension);
  const writer = new KernelWriter({ placementOf: first.placementOf, isRounded, profile });
  const declarations: string[] = [];
  let body: readonly string[];
  if (others.length === 0) {
    declarations.push(...first.write(writer, ''));
    body = writer.lines;
  } else {
    const calls: string[] = [];
    let start = 0;
    jobs.forEach((job, number) => {
      const lines = writer.inFunction(() => {
        declarations.push(...job.write(writer, `_${String(number)}`));
      }, job.placementOf);
      declarations.push(
        `fn job${String(number)}(group: vec3<u32>, local: vec3<u32>) {`,
        `  let global = group * vec3<u32>(${u(width)}, 1u, 1u) + local;`,
        ...lines.map((line) => `  ${line}`),
        '}',
      );
      const end = start + job.workgroups;
      const call = `job${String(number)}(group - vec3<u32>(${u(start)}, 0u, 0u), local);`;
      calls.push(number === 0 ? `if (group.x < ${u(end)}) { ${call} }` : `else if (group.x < ${u(end)}) { ${call} }`);
      start = end;
    });
    body = calls;
  }
  const source = writer.module({ declarations, workgroupSize: [width, 1, 1], workgroups, dispatch, body });
  const name = others.length === 0 ? first.name : `${first.name} and ${String(others.length)} more`;
  const variant = others.length === 0 ? first.variant : `jobs-${String(jobs.length)}`;
  const work = { flops: jobs.reduce((sum, job) => sum + job.flops, 0), ...writer.traffic };
  return { name, variant, source, bindings: writer.bindings, dispatch, work };
}
