/**
 * Decoders of images that packages bring as WebAssembly. The only file of this folder that reads from disk: the code of a
 * package, never a user's file. Each decoder is made anew after it ended in an exception, which may have left it in disorder,
 * and after a large image, since its memory never shrinks.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

interface Decoded {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

/** What the packages' factories make. */
interface CodecInstance {
  readonly HEAPU8: Uint8Array;
  readonly decode: (bytes: Uint8Array, ...options: readonly boolean[]) => Decoded | null;
}

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface FactoryOptions {
  readonly noInitialRun: boolean;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly instantiateWasm: (imports: Imports, done: (instance: WebAssembly.Instance) => void) => WebAssembly.Instance['exports'];
}

/** As packages export it: their own types are about browsers. */
export type CodecFactory = (options: FactoryOptions) => Promise<CodecInstance>;

const keptMemory = 64 * 2 ** 20;

/** A decoder of RGBA from a package's factory, its file of WebAssembly and what its `decode` takes beside the bytes. It answers null where the file cannot be decoded. */
export function codec(
  factory: CodecFactory,
  file: string,
  options: readonly boolean[] = [],
): (bytes: Uint8Array) => Promise<Decoded | null> {
  let compiled: Promise<WebAssembly.Module> | null = null;
  let instance: CodecInstance | null = null;
  const compile = async (): Promise<WebAssembly.Module> =>
    WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(file)));
  const start = async (): Promise<CodecInstance> => {
    compiled ??= compile();
    const module = await compiled;
    return factory({
      noInitialRun: true,
      print: () => undefined,
      printErr: () => undefined,
      instantiateWasm: (imports, done) => {
        const made = new WebAssembly.Instance(module, imports);
        done(made);
        return made.exports;
      },
    });
  };
  return async (bytes) => {
    instance ??= await start();
    try {
      const decoded = instance.decode(bytes, ...options);
      if (instance.HEAPU8.length > keptMemory) instance = null;
      return decoded;
    } catch {
      // Whatever was thrown (an exit, a trap, an exception of C++) is about this file; the next gets a new instance.
      instance = null;
      return null;
    }
  };
}
