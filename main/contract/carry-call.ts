/**
 * What every transport does with a call: parse the request, ask the service, parse its answer, put it in an envelope.
 * It knows no transport and no service, and it never throws.
 */
import * as v from 'valibot';
import { contract, type ContractCall, type ContractError, type ContractResult } from './contract';
import type { ServiceCalls } from './services';

export function isContractCall(name: string): name is ContractCall {
  return Object.hasOwn(contract, name);
}

/** An envelope for a call that was not answered; its text stands in resources/locales under `problems.contract`. */
export function refusal(code: string, values: ContractError['values'] = {}, detail?: string): ContractResult<never> {
  return { ok: false, error: detail === undefined ? { code, values } : { code, values, detail } };
}

/** Where the value differs from the schema and how, one issue a line; never the value itself. */
function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'value'}: expected ${issue.expected ?? 'something else'}`).join('\n');
}

/**
 * Answers a call of the contract. `request` comes from the other side of a boundary and may be anything.
 * Codes of its own: contract.invalid-request, contract.invalid-response, contract.unexpected.
 */
export async function carryCall(calls: ServiceCalls, call: ContractCall, request: unknown): Promise<ContractResult<unknown>> {
  const { request: requestSchema, response: responseSchema } = contract[call];
  const parsedRequest = v.safeParse(requestSchema, request);
  if (!parsedRequest.success) return refusal('contract.invalid-request', { call }, describeIssues(parsedRequest.issues));
  // The map from calls to services cannot be indexed by a union with its argument: the schema of this very call parsed it.
  const service = calls[call] as (request: unknown) => Promise<ContractResult<unknown>>;
  let answer: ContractResult<unknown>;
  try {
    answer = await service(parsedRequest.output);
  } catch (error) {
    return refusal('contract.unexpected', { call }, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  if (!answer.ok) return answer;
  const parsedResponse = v.safeParse(responseSchema, answer.value);
  if (!parsedResponse.success) return refusal('contract.invalid-response', { call }, describeIssues(parsedResponse.issues));
  return { ok: true, value: parsedResponse.output };
}
