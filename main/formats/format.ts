/**
 * What a file format is: one file of this folder, <name>.format.ts, that exports `format = defineFormat({…})`. Pure, on
 * bytes: it knows no disk. What is wrong with a file is a value with the offset at which it was found.
 */
import type { Outcome } from '../../compute/graph/problem';

export interface FormatDefinition {
  readonly name: string;
  /** As a person knows it; the same in all languages. */
  readonly label: string;
  /** With their dot, lower case, the usual one first. */
  readonly extensions: readonly [string, ...string[]];
  /** Whether a file that begins with these bytes (a few hundred, or all) looks like this format. */
  readonly probe: (head: Uint8Array) => boolean;
  readonly read?: (bytes: Uint8Array) => Outcome<unknown>;
  readonly write?: (content: never) => Outcome<Uint8Array>;
}

/** Checks a definition and keeps what it reads and writes. */
export const defineFormat = <Definition extends FormatDefinition>(definition: Definition): Definition => definition;
