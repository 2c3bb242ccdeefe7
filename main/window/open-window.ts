/** The one window of the desktop shell: how it looks until the page is there, and what becomes of it when the page crashes. */
import { BrowserWindow, nativeTheme, screen, type Rectangle } from 'electron';
import type { ServiceCalls } from '../contract/services';
import { refuseNavigation } from '../security/navigation';
import { refuseWindows } from '../security/windows';
import { sandboxedPreferences } from '../security/window-options';
import { placeWindow, readWindowState, rememberWindowState, smallestSize } from './window-state';

export interface WindowOptions {
  readonly pageUrl: string;
  readonly preload: string;
  readonly calls: ServiceCalls;
}

export async function openWindow({ pageUrl, preload, calls }: WindowOptions): Promise<BrowserWindow> {
  const [primary, ...others] = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map((display): Rectangle => display.workArea);
  const { maximised, ...place } = placeWindow(await readWindowState(calls), [
    primary ?? { x: 0, y: 0, width: 1280, height: 800 },
    ...others,
  ]);
  const window = new BrowserWindow({
    ...place,
    minWidth: smallestSize.width,
    minHeight: smallestSize.height,
    show: false,
    title: 'Hebb',
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#fbfbfa',
    webPreferences: sandboxedPreferences(preload),
  });
  const { webContents } = window;
  refuseNavigation(webContents, pageUrl);
  refuseWindows(webContents);
  rememberWindowState(window, calls);
  reloadAfterCrash(window);
  window.once('ready-to-show', () => {
    if (maximised) window.maximize();
    window.show();
  });
  await window.loadURL(pageUrl);
  return window;
}

/** The page comes back with its autosaved state; a page that crashes again and again is left alone. */
function reloadAfterCrash(window: BrowserWindow): void {
  let crashes = 0;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || reason === 'killed' || crashes >= 3) return;
    crashes += 1;
    window.webContents.reload();
  });
}
