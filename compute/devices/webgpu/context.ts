/** What the parts of a WebGPU device share: buffers that are counted, pipelines that are cached, reads, errors. */
import type { DeviceProfile } from '../../graph/tensor';
import type { VariantChoice } from '../../plan/planned-kernel';

// The numbers of the WebGPU specification: Node has no such globals.
export const bufferUsage = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8, storage: 0x80 } as const;
const mapModeRead = 0x1;
const shaderStageCompute = 0x4;

export type Access = 'read' | 'read_write';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export interface GpuContext {
  readonly device: GPUDevice;
  readonly profile: DeviceProfile;
  readonly chooseVariant: VariantChoice;
  readonly counters: { buffers: number; bindGroups: number; pipelines: number };
  createBuffer(label: string, bytes: number, usage: number): GPUBuffer;
  createBindGroup(label: string, layout: GPUBindGroupLayout, buffers: readonly GPUBuffer[]): GPUBindGroup;
  /** Compiled once for each source; rejects with the kernel's name and the compiler's message. */
  pipeline(name: string, source: string, accesses: readonly Access[]): Promise<Pipeline>;
  /** Bytes of a buffer (multiples of 4) after all that was queued; rejects with an error of the device, if there was one. */
  read(buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer>;
  /** Queues the change of one byte within its word. */
  writeByte(buffer: GPUBuffer, position: number, value: number): void;
  /** Throws the first error that the device reported outside of compilation. */
  throwIfFailed(): void;
  dispose(): void;
}

/** Staging buffers above this many bytes are not kept. */
const keptBytes = 16 * 1024 * 1024;

const mergeSource = `@group(0) @binding(0) var<storage, read_write> words: array<u32>;
@group(0) @binding(1) var<storage, read> change: array<u32>;
@compute @workgroup_size(1)
fn main() {
  words[change[0]] = (words[change[0]] & ~change[1]) | change[2];
}
`;

/** WGSL wants the extensions that a module uses announced before everything else. */
function withExtensions(source: string): string {
  const halves = /\bf16\b/.test(source) ? 'enable f16;\n' : '';
  const subgroups = /\b(?:quad|subgroup)[A-Z]\w*\(/.test(source) ? 'enable subgroups;\n' : '';
  return `${halves}${subgroups}${source}`;
}

export function createContext(device: GPUDevice, profile: DeviceProfile, chooseVariant: VariantChoice): GpuContext {
  const counters = { buffers: 0, bindGroups: 0, pipelines: 0 };
  const layouts = new Map<string, GPUBindGroupLayout>();
  const pipelines = new Map<string, Promise<Pipeline>>();
  const staging = new Map<number, GPUBuffer[]>();
  let failed: Error | null = null;
  device.onuncapturederror = ({ error }) => {
    failed ??= new Error(error.message);
  };

  const layoutOf = (accesses: readonly Access[]): GPUBindGroupLayout => {
    const key = accesses.join(' ');
    const known = layouts.get(key);
    if (known) return known;
    const layout = device.createBindGroupLayout({
      label: key,
      entries: accesses.map((access, binding) => ({
        binding,
        visibility: shaderStageCompute,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    layouts.set(key, layout);
    return layout;
  };

  const build = async (name: string, source: string, accesses: readonly Access[]): Promise<Pipeline> => {
    counters.pipelines++;
    const layout = layoutOf(accesses);
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: name, code: withExtensions(source) });
    const invalid = device.popErrorScope();
    const descriptor = {
      label: name,
      layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    };
    const [outcome, error] = await Promise.all([
      device
        .createComputePipelineAsync(descriptor)
        .catch((reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason)))),
      invalid.catch(() => null),
    ]);
    if (outcome instanceof Error || error) {
      const message = error?.message ?? (outcome instanceof Error ? outcome.message : '');
      throw new Error(`the kernel ${name} could not be compiled: ${message}`);
    }
    return { pipeline: outcome, layout };
  };

  const context: GpuContext = {
    device,
    profile,
    chooseVariant,
    counters,
    createBuffer(label, size, usage) {
      counters.buffers++;
      return device.createBuffer({ label, size, usage });
    },
    createBindGroup(label, layout, buffers) {
      counters.bindGroups++;
      return device.createBindGroup({ label, layout, entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })) });
    },
    pipeline(name, source, accesses) {
      const known = pipelines.get(source);
      if (known) return known;
      const made = build(name, source, accesses);
      pipelines.set(source, made);
      return made;
    },
    async read(buffer, offset, bytes) {
      context.throwIfFailed();
      const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
      const target = staging.get(size)?.pop() ?? context.createBuffer('staging', size, bufferUsage.mapRead | bufferUsage.copyDestination);
      const encoder = device.createCommandEncoder({ label: 'read' });
      encoder.copyBufferToBuffer(buffer, offset, target, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await target.mapAsync(mapModeRead, 0, bytes);
      const copy = target.getMappedRange(0, bytes).slice(0);
      target.unmap();
      context.throwIfFailed();
      if (size > keptBytes) target.destroy();
      else staging.set(size, [...(staging.get(size) ?? []), target]);
      return copy;
    },
    writeByte(buffer, position, value) {
      const shift = (position % 4) * 8;
      const change = context.createBuffer('change', 16, bufferUsage.storage | bufferUsage.copyDestination);
      device.queue.writeBuffer(change, 0, new Uint32Array([Math.floor(position / 4), 0xff << shift, value << shift, 0]));
      const layout = layoutOf(['read_write', 'read']);
      const pipeline = device.createComputePipeline({
        label: 'merge a byte',
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: device.createShaderModule({ code: mergeSource }), entryPoint: 'main' },
      });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, context.createBindGroup('merge a byte', layout, [buffer, change]));
      pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      change.destroy();
    },
    throwIfFailed() {
      if (failed) throw failed;
    },
    dispose() {
      device.destroy();
    },
  };
  return context;
}
