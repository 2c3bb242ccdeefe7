/** Makes the layer known to TensorFlow.js: its module, or one with `layers`, `serialization` and the operations. */
export function register(tf: object): void;
