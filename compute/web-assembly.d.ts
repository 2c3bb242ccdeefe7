/** The part of the WebAssembly interface that Hebb uses, for projects without the DOM's types: workers and Node have it alike. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    /** Another one after each growth, unless it is shared. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Adds pages of 65,536 bytes; throws a RangeError where there are no more. */
    grow(pages: number): number;
  }
  const Memory: new (limits: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean }) => Memory;
  const Instance: new (module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => Instance;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
