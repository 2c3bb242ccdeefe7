/** What a kind of data is to the import: how it is recognised, what would be asked for, and how it is read. */
import type { ContractResponse } from '../../contract/contract';
import type { FileSystem } from '../../storage/file-system';
import type { DatasetDescription } from '../dataset-writer';
import type { Collected } from './collector';
import type { DecodePool } from './decode-pool';
import type { ImportEntry } from './entries';
import type { SkipList } from './report';
import type { ImportKind, OptionsOf, SplitOptions } from './splits';

export type Inspection = ContractResponse<'imports.inspect'>;
export type Preview = Inspection['preview'];
export type Choices = Inspection['choices'];

export interface Proposal<Kind extends ImportKind> {
  readonly options: OptionsOf<Kind>;
  readonly preview: Partial<Preview>;
  readonly choices?: Partial<Choices>;
}

export interface InspectContext {
  readonly entries: readonly ImportEntry[];
  /** What was chosen, as a person would call it. */
  readonly name: string;
  readonly skips: SkipList;
  readonly pool: DecodePool;
}

export interface RunContext extends InspectContext {
  readonly fileSystem: FileSystem;
  /** An empty folder that becomes the data set. */
  readonly folder: string;
  readonly description: Pick<DatasetDescription, 'id' | 'name' | 'source' | 'licence'>;
  /** 0…1 of the reading. Throws where the import was cancelled. */
  readonly progress: (fraction: number) => void;
}

export interface Ran extends Collected {
  /** Bytes of the source. */
  readonly bytes: number;
}

export interface KindDefinition<Kind extends ImportKind> {
  readonly kind: Kind;
  /** Whether it reads such a file. */
  readonly takes: (path: string) => boolean;
  /** Looks at names and beginnings. `given` are options of this kind that a person has chosen so far. */
  readonly propose: (context: InspectContext, given: OptionsOf<Kind> | null) => Promise<Proposal<Kind>>;
  readonly run: (context: RunContext, options: OptionsOf<Kind>) => Promise<Ran>;
}

export const usualSplits = (by: SplitOptions['by']): SplitOptions => ({ by, validation: 0.1, test: 0.1, stratified: true, column: null });
export const usualSeed = 1;
