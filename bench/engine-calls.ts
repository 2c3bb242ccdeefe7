/** How the engines are asked, wherever they run: plain data in and out. */
import type { Page } from '@playwright/test';
import type { Engines } from './page';

export type EngineCalls = <Name extends keyof Engines>(
  name: Name,
  ...given: Parameters<Engines[Name]>
) => Promise<Awaited<ReturnType<Engines[Name]>>>;

/** What stands where else the adapter is named. */
export const adapterText = (threads: number): string => `CPU, ${String(threads)} ${threads === 1 ? 'thread' : 'threads'},`;

export interface OpenEngines {
  readonly call: EngineCalls;
  readonly where: string;
  readonly adapter: string;
  /** The browser's page; null in Node. */
  readonly page: Page | null;
  readonly close: () => Promise<void>;
}
