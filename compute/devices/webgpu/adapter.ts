/** Finds a WebGPU adapter and says what it is. The only file that asks the environment for WebGPU. */
import type { DeviceProfile } from '../../graph/tensor';
import type { DeviceDescription } from '../device';

/** What a browser, a worker or Electron offers; undefined where there is no WebGPU. */
// The standard library that compute/ is compiled against has no navigator: Node lacks it.
const environment = globalThis as { readonly navigator?: { readonly gpu?: GPU } };

export const environmentGpu = (): GPU | null => environment.navigator?.gpu ?? null;

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly description: DeviceDescription;
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|software/i;

/** `SwiftShader`, `NVIDIA GeForce RTX 4070`: the most telling name that the adapter gives away. */
function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const everything = `${vendor} ${architecture} ${device} ${description}`;
  if (/swiftshader/i.test(everything)) return 'SwiftShader';
  if (/llvmpipe|lavapipe/i.test(everything)) return 'llvmpipe';
  // Drivers on Linux describe themselves here rather than the device.
  if (description !== '' && !/driver|mesa/i.test(description)) return description;
  const parts = [vendor, architecture || device].filter((part) => part !== '');
  return parts.length === 0 ? 'GPU' : parts.join(' ');
}

export function describeAdapter({ info, limits }: GPUAdapter): DeviceDescription {
  const software = info.isFallbackAdapter || softwareNames.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
  return {
    kind: 'webgpu',
    name: nameOf(info),
    software,
    backend: 'WebGPU',
    maximumBufferBytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
  };
}

/** A description, and the features and limits that a device was given. */
export const profileOf = (
  { software }: DeviceDescription,
  { features, limits }: Pick<GPUDevice, 'features' | 'limits'>,
  { subgroupMinSize, subgroupMaxSize }: GPUAdapterInfo,
): DeviceProfile => {
  const quads = features.has('subgroups') && subgroupMinSize === 4 && subgroupMaxSize === 4;
  return {
    software,
    halves: features.has('shader-f16') ? 'f16' : 'packed',
    quads,
    tileCost: software && quads ? 100 : null,
    maximumWorkgroupInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maximumWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maximumWorkgroupStorageBytes: limits.maxComputeWorkgroupStorageSize,
  };
};

/** The fastest adapter, real hardware before software; null where there is none. */
export async function findAdapter(gpu: GPU): Promise<FoundAdapter | null> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter ? { adapter, description: describeAdapter(adapter) } : null;
}

/** The limits that are worth raising to what the adapter has. */
const raised = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupStorageSize',
] as const;

/** The features that kernels use where an adapter has them. */
const usedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** Asks for a device with the adapter's own limits, and with those of `wanted` that it has; rejects with the implementation's reason. */
export const requestDevice = ({ adapter }: FoundAdapter, wanted: readonly GPUFeatureName[] = usedFeatures): Promise<GPUDevice> =>
  adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(raised.map((limit) => [limit, adapter.limits[limit]])),
  });
