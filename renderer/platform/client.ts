/**
 * The client of the contract: the same calls whether they travel over the desktop bridge or over loopback HTTP. The one
 * file of the screen that knows which shell it runs in.
 */
import {
  mostGivenFiles,
  type Bridge,
  type ContractCall,
  type ContractError,
  type ContractRequest,
  type ContractResponse,
  type ContractResult,
} from '../../main/contract/contract';

declare global {
  interface Window {
    /** Put there by the preload script of the desktop shell; absent in a browser. */
    readonly hebb?: Bridge;
  }
}

const tokenKey = 'hebb-token';

/** The web shell opens the page with its token behind `#token=`; it is kept for reloads and taken off the address. */
function webToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    sessionStorage.setItem(tokenKey, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(tokenKey) ?? '';
}

const token = typeof location === 'undefined' || window.hebb ? '' : webToken();

const failed = (code: string, detail: unknown): { ok: false; error: ContractError } => ({
  ok: false,
  error: { code, values: {}, detail: detail instanceof Error ? detail.message : String(detail) },
});

async function overHttp<Call extends ContractCall>(
  name: Call,
  request: ContractRequest<Call>,
): Promise<ContractResult<ContractResponse<Call>>> {
  const response = await fetch(`/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hebb-token': token },
    body: JSON.stringify(request),
  });
  if (!(response.headers.get('content-type') ?? '').startsWith('application/json'))
    return failed('shell.unexpected-answer', response.status);
  // The server parsed its answer with the contract's schema before it sent it.
  return (await response.json()) as ContractResult<ContractResponse<Call>>;
}

/** Calls the system; a shell that cannot be reached is an error value like any other. Never rejects. */
export async function call<Call extends ContractCall>(
  name: Call,
  request: ContractRequest<Call>,
): Promise<ContractResult<ContractResponse<Call>>> {
  try {
    return window.hebb ? await window.hebb[name](request) : await overHttp(name, request);
  } catch (error) {
    return failed('shell.unreachable', error);
  }
}

/** Whether the shell can say where files lie that a person drops: see giveFiles. */
export const givesFiles = (): boolean => window.hebb !== undefined;

/**
 * A token for files that a person dropped or chose, by where they lie; null where that cannot be said, as in a browser: then
 * their bytes are sent. Files of a folder that was chosen stand for that folder.
 */
export async function giveFiles(files: readonly File[]): Promise<ContractResult<string | null>> {
  if (!window.hebb || files.length === 0 || files.length > mostGivenFiles) return { ok: true, value: null };
  // One file of a chosen folder says where the folder is.
  const ofFolders = new Map(files.map((file) => [file.webkitRelativePath === '' ? file : file.webkitRelativePath.split('/')[0], file]));
  try {
    return await window.hebb.giveFiles([...ofFolders.values()]);
  } catch (error) {
    return failed('shell.unreachable', error);
  }
}

/** Sends bytes to an address that the contract gave. */
export async function put(url: string, body: Blob | ArrayBuffer): Promise<ContractResult<null>> {
  try {
    const response = await fetch(url, { method: 'PUT', body, headers: token === '' ? {} : { 'x-hebb-token': token } });
    return response.ok ? { ok: true, value: null } : failed('shell.upload-failed', `${String(response.status)} ${await response.text()}`);
  } catch (error) {
    return failed('shell.unreachable', error);
  }
}

export interface Sending {
  /** 0 … 1 of the bytes. */
  readonly progress: (fraction: number) => void;
  /** Ends it: the answer is then `job.cancelled`. */
  readonly signal: AbortSignal;
}

/** Sends bytes that may be many, and tells how far it is; the answer is the token to hand to the call that wants them. */
export async function upload(name: string, body: Blob, { progress, signal }: Sending): Promise<ContractResult<string>> {
  const begun = await call('uploads.begin', { name, size: body.size });
  if (!begun.ok) return begun;
  return new Promise((resolve) => {
    // fetch does not tell how far an upload is.
    const request = new XMLHttpRequest();
    request.open('PUT', begun.value.url);
    if (token !== '') request.setRequestHeader('x-hebb-token', token);
    request.upload.onprogress = ({ loaded }) => {
      progress(body.size === 0 ? 1 : loaded / body.size);
    };
    request.onload = () => {
      const isTaken = request.status >= 200 && request.status < 300;
      resolve(
        isTaken
          ? { ok: true, value: begun.value.token }
          : failed('shell.upload-failed', `${String(request.status)} ${request.responseText}`),
      );
    };
    request.onerror = () => {
      resolve(failed('shell.unreachable', name));
    };
    request.onabort = () => {
      resolve(failed('job.cancelled', name));
    };
    if (signal.aborted) {
      resolve(failed('job.cancelled', name));
      return;
    }
    signal.addEventListener('abort', () => {
      request.abort();
    });
    request.send(body);
  });
}

/** Reads bytes from an address that the contract gave. */
export async function download(url: string): Promise<ContractResult<ArrayBuffer>> {
  try {
    const response = await fetch(url, { headers: token === '' ? {} : { 'x-hebb-token': token } });
    return response.ok ? { ok: true, value: await response.arrayBuffer() } : failed('shell.download-failed', response.status);
  } catch (error) {
    return failed('shell.unreachable', error);
  }
}

/** Part of what stands at an address, and how long the whole is; a server that gives the whole is cut to the part. */
export async function downloadRange(
  url: string,
  first: number,
  length: number,
): Promise<ContractResult<{ readonly bytes: ArrayBuffer; readonly total: number }>> {
  try {
    const range = `bytes=${String(first)}-${String(first + length - 1)}`;
    const response = await fetch(url, { headers: token === '' ? { range } : { range, 'x-hebb-token': token } });
    if (!response.ok) return failed('shell.download-failed', response.status);
    const bytes = await response.arrayBuffer();
    if (response.status !== 206) return { ok: true, value: { bytes: bytes.slice(first, first + length), total: bytes.byteLength } };
    const total = Number(response.headers.get('content-range')?.split('/')[1]);
    return Number.isInteger(total) ? { ok: true, value: { bytes, total } } : failed('shell.unexpected-answer', 'content-range');
  } catch (error) {
    return failed('shell.unreachable', error);
  }
}
