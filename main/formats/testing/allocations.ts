/** Memory that is asked for and never touched is seen by no measure of the system: it is counted where scripts ask for it. */

/** What was asked for; whoever watches sets it to 0. */
interface Allocations {
  asked: number;
}

/** Typed arrays that view a buffer or copy another ask for nothing or for what they copy; those of a length ask for it. */
function count(
  allocations: Allocations,
  constructor: new (...parameters: never[]) => object,
  bytesPerElement: number,
): new (...parameters: never[]) => object {
  return new Proxy(constructor, {
    construct: (target, parameters: readonly unknown[], newTarget: new (...parameters: never[]) => object) => {
      const [first] = parameters;
      if (typeof first === 'number') allocations.asked += first * bytesPerElement;
      else if (Array.isArray(first) || ArrayBuffer.isView(first))
        allocations.asked += ('length' in first ? first.length : 0) * bytesPerElement;
      return Reflect.construct(target, parameters, newTarget) as object;
    },
  });
}

/** Counts from now on, in this thread, the bytes that scripts ask for: by typed arrays, array buffers and Node's buffers. */
export function watchAllocations(): Allocations {
  const allocations: Allocations = { asked: 0 };
  const globals = globalThis as unknown as Record<string, new (...parameters: never[]) => object>;
  for (const name of [
    'Uint8Array',
    'Uint8ClampedArray',
    'Int8Array',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
    'Int32Array',
    'Float32Array',
    'Float64Array',
    'BigUint64Array',
    'BigInt64Array',
  ]) {
    const constructor = globals[name]!;
    globals[name] = count(allocations, constructor, (constructor as unknown as { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT);
  }
  globals['ArrayBuffer'] = count(allocations, globals['ArrayBuffer']!, 1);
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const original = Buffer[name].bind(Buffer);
    Buffer[name] = (size: number, ...rest: never[]) => {
      allocations.asked += size;
      return original(size, ...rest);
    };
  }
  return allocations;
}
