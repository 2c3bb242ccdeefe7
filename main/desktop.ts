/**
 * Composes the desktop shell: one Electron window over the services. Everything that must be settled before Chromium
 * starts stands above `whenReady`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, ipcMain, session, type BrowserWindow } from 'electron';
import { listPageFiles, respond } from './http/respond';
import { serveGivenFiles } from './ipc/serve-given-files';
import { serveIpc, type ServedIpc } from './ipc/serve-ipc';
import { refuseNetwork } from './security/network';
import { limitPermissions } from './security/permissions';
import { appOrigin, registerScheme, serveScheme } from './security/scheme';
import { createServices, hebbHome } from './services/services';
import type { Services } from './contract/services';
import { setApplicationMenu } from './window/application-menu';
import { appendSwitches, graphicsSwitches, hasLinuxGraphicsDevice } from './window/graphics-switches';
import { openWindow } from './window/open-window';

const pageUrl = `${appOrigin}/`;
const pageFolder = fileURLToPath(new URL('../renderer', import.meta.url));
const preload = fileURLToPath(new URL('preload.cjs', import.meta.url));

async function start(): Promise<void> {
  const page = await listPageFiles(pageFolder);
  const services = await createServices();
  const ipc = serveIpc(ipcMain, services.calls, appOrigin);
  serveGivenFiles(ipcMain, services, appOrigin);
  closeGracefully(services, ipc);
  setApplicationMenu(process.platform);
  limitPermissions(session.defaultSession, appOrigin);
  refuseNetwork(session.defaultSession);
  serveScheme((request) => respond({ page, bytes: services.bytes }, request));
  showAgain(await openWindow({ pageUrl, preload, calls: services.calls }));
}

/** Starting Hebb a second time brings the window to the front. */
function showAgain(window: BrowserWindow): void {
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
}

/** Quits once the page's last calls are answered and what they wrote is on disk. */
function closeGracefully(services: Services, ipc: ServedIpc): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void ipc
      .idle()
      .then(() => services.close())
      .catch((error: unknown) => {
        console.error('Closing did not finish:', error);
      })
      .finally(() => {
        closed = true;
        app.exit();
      });
  });
}

// As root Chromium cannot sandbox itself: who starts Hebb as root has to say so (scripts/start.mjs does).
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
app.setName('Hebb');
// Chromium's own files; each home has its own instance.
app.setPath('userData', join(hebbHome(), 'electron'));
appendSwitches(app.commandLine, graphicsSwitches(process.platform, hasLinuxGraphicsDevice()));
registerScheme();

if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => {
    app.quit();
  });
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      console.error('Hebb could not start:', error);
      app.exit(1);
    });
} else {
  console.error('Hebb is running already; its window was brought to the front.');
  app.quit();
}
