/** What a service throws when it cannot do what was asked, and how any error becomes one that can cross the contract. */
import type { Outcome } from '../../compute/graph/problem';
import type { ContractError, ContractResult } from '../contract/contract';
import { ContentTooLongError } from '../storage/atomic';
import { systemErrorCode } from '../storage/file-system';

/** `code` names its text in resources/locales under `problems`, `values` fill it, `detail` is for the log. */
export class ServiceError extends Error {
  constructor(
    readonly code: string,
    readonly values: ContractError['values'] = {},
    readonly detail?: string,
  ) {
    super(detail === undefined ? code : `${code}: ${detail}`);
    this.name = 'ServiceError';
  }
}

/** The value of an outcome, or its problem thrown. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  const { code, values } = outcome.problem;
  throw new ServiceError(code, values);
}

const systemCodes: Readonly<Record<string, string>> = {
  ENOSPC: 'disk.full',
  EDQUOT: 'disk.full',
  EACCES: 'disk.denied',
  EPERM: 'disk.denied',
  EROFS: 'disk.read-only',
  EIO: 'disk.failed',
  ENOENT: 'disk.missing',
  ENOTDIR: 'disk.missing',
  ENAMETOOLONG: 'disk.name-too-long',
  ELOOP: 'disk.missing',
  EISDIR: 'disk.special',
  EFTYPE: 'disk.special',
  EMFILE: 'disk.busy',
  ENFILE: 'disk.busy',
  EBUSY: 'disk.busy',
};

/** The file that a system error is about, as far as it says. */
const pathOf = (error: unknown): string => (error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : '');

/** Null for what nobody foresaw: a bug, to be reported as such. */
export function foreseen(error: unknown): ServiceError | null {
  if (error instanceof ServiceError) return error;
  if (error instanceof ContentTooLongError) return new ServiceError('upload.too-long', { maximum: error.maximum });
  const code = systemCodes[systemErrorCode(error) ?? ''];
  if (code === undefined) return null;
  return new ServiceError(code, { path: pathOf(error) }, error instanceof Error ? error.message : undefined);
}

/** A service as the contract has it: what is foreseen becomes a value, what is not goes on as it is. */
export async function settle<Value>(work: () => Promise<Value>): Promise<ContractResult<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const known = foreseen(error);
    if (known === null) throw error;
    const { code, values, detail } = known;
    return { ok: false, error: detail === undefined ? { code, values } : { code, values, detail } };
  }
}
