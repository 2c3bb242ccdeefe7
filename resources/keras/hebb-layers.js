// A layer that TensorFlow.js has not: a function of each element. Load it before the model:
//   import * as tf from '@tensorflow/tfjs';
//   import { register } from './hebb-layers.js';
//   register(tf);
//   const model = await tf.loadLayersModel('model.json');

/** By name, each of a tensor and a number. @type {Record<string, (tf: any, x: any, value: number) => any>} */
const functions = {
  power: (tf, x, value) => (value === -1 ? tf.reciprocal(x) : value === 0.5 ? tf.sqrt(x) : tf.pow(x, tf.scalar(value))),
  exp: (tf, x) => tf.exp(x),
  log: (tf, x) => tf.log(x),
  sin: (tf, x) => tf.sin(x),
  cos: (tf, x) => tf.cos(x),
  sign: (tf, x) => tf.sign(x),
  greater: (tf, x, value) => tf.cast(tf.greater(x, tf.scalar(value)), 'float32'),
};

/** @param {any} tf the module @tensorflow/tfjs, or of it @tensorflow/tfjs-layers together with @tensorflow/tfjs-core */
export function register(tf) {
  class HebbFunction extends tf.layers.Layer {
    static className = 'HebbFunction';

    constructor(config) {
      super(config);
      this.function = config.function;
      this.value = config.value;
      this.supportsMasking = true;
    }

    computeOutputShape(inputShape) {
      return inputShape;
    }

    call(inputs) {
      return tf.tidy(() => functions[this.function](tf, Array.isArray(inputs) ? inputs[0] : inputs, this.value));
    }

    getConfig() {
      return { ...super.getConfig(), function: this.function, value: this.value };
    }
  }
  tf.serialization.registerClass(HebbFunction);
}
