/** A WebGPU that has every feature and runs nothing: it checks kernels for adapters that are not at hand. For tests only. */
import { create } from 'webgpu';

export const openNullGpu = (): GPU => create(['backend=null']);
