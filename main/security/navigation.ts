/**
 * Rule: the window never shows anything but the page it was opened with, in any frame.
 * https://www.electronjs.org/docs/latest/tutorial/security#13-disable-or-limit-navigation
 */
import type { WebContents } from 'electron';

export function refuseNavigation(contents: WebContents, pageUrl: string): void {
  contents.on('will-frame-navigate', (event) => {
    // A reload of the page itself is no navigation.
    if (event.isMainFrame && withoutFragment(event.url) === pageUrl) return;
    event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
}

function withoutFragment(url: string): string {
  return url.split('#', 1)[0] ?? url;
}
