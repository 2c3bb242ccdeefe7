/**
 * Rule: the page is a sandboxed web page and nothing more; the bridge is all it has.
 * https://www.electronjs.org/docs/latest/tutorial/security#3-enable-context-isolation
 * https://www.electronjs.org/docs/latest/tutorial/security#4-enable-process-sandboxing
 */
import type { WebPreferences } from 'electron';

export function sandboxedPreferences(preload: string): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    // Its dictionaries would come over the network.
    spellcheck: false,
    // Training goes on while the window is covered or minimised.
    backgroundThrottling: false,
  };
}
