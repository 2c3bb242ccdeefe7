/** onnxruntime in WebAssembly: an independent program that computes a model. It runs offline, in the process that asks. */
import type { Shape } from '../../../compute/graph/tensor';

export interface RuntimeInput {
  readonly name: string;
  /** With the batch. */
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array;
}

/** The named output of a model, row-major. Rejects with the runtime's own error for what it cannot load or compute. */
export async function runOnnx(model: Uint8Array, input: RuntimeInput, output: string): Promise<Float32Array> {
  // Loaded when it is first needed: a start of the program has no use for it.
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web');
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const session = await InferenceSession.create(model);
  try {
    const { shape, data } = input;
    const given =
      data instanceof Int32Array ? new Tensor('int64', BigInt64Array.from(data, BigInt), shape) : new Tensor('float32', data, shape);
    const results = await session.run({ [input.name]: given });
    const result = results[output];
    if (!(result?.data instanceof Float32Array)) throw new TypeError(`the model has no output ${output} of float32`);
    return Float32Array.from(result.data);
  } finally {
    await session.release();
  }
}
