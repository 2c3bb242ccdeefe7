/** How the engines are asked, wherever they run: plain data in and out. */
import type { Page } from '@playwright/test';
import type { Engines } from './page';

export type EngineCalls = <Name extends keyof Engines>(
  name: Name,
  ...given: Parameters<Engines[Name]>
) => Promise<Awaited<ReturnType<Engines[Name]>>>;

export interface OpenEngines {
  readonly call: EngineCalls;
  readonly where: string;
  readonly adapter: string;
  /** The browser's page; null in Node. */
  readonly page: Page | null;
  readonly close: () => Promise<void>;
}
