/**
 * The contract between screen and system: one schema a call for what goes in and what comes back. Every transport
 * (ipc/, http/) parses both ways with it. A leaf: it imports the schema library alone.
 *
 * Places on disk are opaque tokens; only main knows their paths. Bytes do not travel here but by fetch: calls that
 * give or take bytes answer with URLs (`…/data/<token>/<name>` to GET, `…/upload/<token>` to PUT).
 */
import type * as v from 'valibot';
import { appCalls } from './app';
import { checkpointCalls } from './checkpoints';
import { datasetEditCalls } from './dataset-edits';
import { datasetCalls } from './datasets';
import { exportCalls } from './exports';
import { importCalls } from './imports';
import { modelCalls } from './models';
import { pictureCalls } from './pictures';
import { projectCalls } from './projects';
import { runCalls } from './runs';
import { sweepCalls } from './sweeps';
import { transferCalls } from './transfers';

export { projectContentSchema, type ProjectContent } from './projects';

export const contract = {
  ...appCalls,
  ...projectCalls,
  ...datasetCalls,
  ...datasetEditCalls,
  ...importCalls,
  ...transferCalls,
  ...runCalls,
  ...checkpointCalls,
  ...exportCalls,
  ...modelCalls,
  ...pictureCalls,
  ...sweepCalls,
} as const satisfies Record<string, { request: v.GenericSchema; response: v.GenericSchema }>;

export type Contract = typeof contract;
export type ContractCall = keyof Contract;
export type ContractRequest<Call extends ContractCall> = v.InferOutput<Contract[Call]['request']>;
export type ContractResponse<Call extends ContractCall> = v.InferOutput<Contract[Call]['response']>;

export const contractCalls = Object.keys(contract) as readonly ContractCall[];

/** An error at the boundary: `code` names its text in the locale files, `values` fill it, `detail` is for the log. */
export interface ContractError {
  readonly code: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly detail?: string;
}

export type ContractResult<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ContractError };

/** What the loopback client imitates in the web shell. */
type CallBridge = { readonly [Call in ContractCall]: (request: unknown) => Promise<ContractResult<ContractResponse<Call>>> };

/** What `window.hebb` is in the desktop shell. */
export type Bridge = CallBridge & {
  /**
   * A token, for a source `files` of an import, in place of the bytes of files (File objects) that a person dropped or chose;
   * null where one of them lies nowhere on this machine. Files of a folder that was chosen stand for that folder.
   */
  readonly giveFiles: (files: readonly unknown[]) => Promise<ContractResult<string | null>>;
};

/** Files and folders that may be given at once. */
export const mostGivenFiles = 200_000;
