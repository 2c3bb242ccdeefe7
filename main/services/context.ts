/** What the services share: the file system, the places, the clock, tokens for what lies on disk, and whose turn it is. */
import { randomBytes } from 'node:crypto';
import type { FileSystem } from '../storage/file-system';
import type { Places } from './places';

/** Things under opaque names: nobody outside main can guess one or make one. */
export interface TokenTable<Value> {
  issue(value: Value): string;
  find(token: string): Value | null;
  forget(token: string): void;
}

export function createTokenTable<Value>(): TokenTable<Value> {
  const values = new Map<string, Value>();
  return {
    issue: (value) => {
      const token = randomBytes(24).toString('base64url');
      values.set(token, value);
      return token;
    },
    find: (token) => values.get(token) ?? null,
    forget: (token) => {
      values.delete(token);
    },
  };
}

/** The same path always has the same token. */
export interface PathTokens {
  of(path: string): string;
  find(token: string): string | null;
}

export function createPathTokens(): PathTokens {
  const table = createTokenTable<string>();
  const tokens = new Map<string, string>();
  return {
    of: (path) => {
      const known = tokens.get(path);
      if (known !== undefined) return known;
      const token = table.issue(path);
      tokens.set(path, token);
      return token;
    },
    find: (token) => table.find(token),
  };
}

export interface Context {
  readonly fileSystem: FileSystem;
  readonly places: Places;
  readonly now: () => Date;
  /** Of projects and folders. */
  readonly paths: PathTokens;
  /** Of what a person gave to the window, each time under a new token. */
  readonly given: TokenTable<readonly string[]>;
  /** Runs works on the same thing one after the other. */
  readonly inTurn: <Value>(thing: string, work: () => Promise<Value>) => Promise<Value>;
  /** Resolves when nothing is at work. */
  readonly idle: () => Promise<void>;
}

export function createContext(fileSystem: FileSystem, places: Places, now: () => Date): Context {
  const queues = new Map<string, Promise<unknown>>();
  const inTurn = <Value>(thing: string, work: () => Promise<Value>): Promise<Value> => {
    const before = queues.get(thing) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result.catch(() => undefined);
    queues.set(thing, tail);
    void tail.then(() => {
      if (queues.get(thing) === tail) queues.delete(thing);
    });
    return result;
  };
  const idle = async (): Promise<void> => {
    while (queues.size > 0) await Promise.all(queues.values());
  };
  return { fileSystem, places, now, paths: createPathTokens(), given: createTokenTable(), inTurn, idle };
}
