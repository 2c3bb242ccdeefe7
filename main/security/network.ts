/**
 * Rule: Hebb is offline. Whatever asks for an address outside its own scheme is cancelled.
 * https://www.electronjs.org/docs/latest/tutorial/security#1-only-load-secure-content
 */
import type { Session } from 'electron';

const ownSchemes = new Set(['hebb:', 'blob:', 'data:', 'devtools:']);

export function isOwnAddress(url: string): boolean {
  return URL.canParse(url) && ownSchemes.has(new URL(url).protocol);
}

export function refuseNetwork(session: Session): void {
  session.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !isOwnAddress(details.url) });
  });
}
