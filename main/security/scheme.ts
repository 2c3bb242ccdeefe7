/**
 * Rule: the page comes from a scheme of our own, not from file://, so that it has an origin and no view of the disk.
 * https://www.electronjs.org/docs/latest/tutorial/security#18-avoid-usage-of-the-file-protocol-and-prefer-usage-of-custom-protocols
 */
import { protocol } from 'electron';

export const appOrigin = 'hebb://app';

/** Before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'hebb', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
  ]);
}

/** After the app is ready. */
export function serveScheme(respond: (request: Request) => Promise<Response>): void {
  protocol.handle('hebb', (request) => {
    const url = new URL(request.url);
    return url.host === 'app' ? respond(request) : new Response(null, { status: 404 });
  });
}
