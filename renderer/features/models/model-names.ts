/** Which files hold models or weights of other software, as far as their names tell. Pure. */

const always = /\.(onnx|keras|h5|hdf5|safetensors|pt|pth|ckpt|pkl|pickle)$/i;
/** TensorFlow.js: model.json and its binaries. */
const pieces = /\.(bin|json)$/i;
/** PyTorch's older files; binaries of other names are data, such as CIFAR's. */
const pickled = /(^|[/\\])(pytorch_|adapter_|diffusion_pytorch_)?model[^/\\]*\.bin$/i;

/** Whether files that were dropped are a model or weights rather than data: NPZ is data here, unless it was chosen as weights. */
export const areModels = (names: readonly string[]): boolean =>
  names.length > 0 &&
  (names.every((name) => always.test(name) || pickled.test(name)) ||
    (names.every((name) => pieces.test(name)) && names.some((name) => /(^|[/\\])model\.json$/i.test(name))));

/** What pickers offer. */
export const modelEndings = '.onnx,.keras,.h5,.hdf5,.json,.bin,.safetensors,.npz,.pt,.pth,.pkl';

/** The file's name without folders and ending: what the project is called. */
export const titleOf = (name: string): string => {
  const base = name.split(/[/\\]/).at(-1) ?? name;
  return base.replace(/\.[^.]+$/, '') || base;
};
