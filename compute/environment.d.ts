/** What dedicated workers and Node both have, and all of it that compute/ may use (besides WebGPU, in its one file). */

interface TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare const TextEncoder: new () => TextEncoder;

interface TextDecoder {
  decode(bytes: Uint8Array): string;
}
declare const TextDecoder: new (label: 'utf-8', options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) => TextDecoder;

declare const performance: { now(): number };

declare function setTimeout(callback: () => void, milliseconds: number): unknown;

declare function fetch(
  url: string,
  options?: { readonly method?: 'PUT'; readonly body?: Uint8Array<ArrayBuffer>; readonly headers?: Readonly<Record<string, string>> },
): Promise<{ readonly ok: boolean; readonly status: number; arrayBuffer(): Promise<ArrayBuffer> }>;
