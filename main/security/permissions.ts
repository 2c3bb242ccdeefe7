/**
 * Rule: the page gets no permission (camera, location, notifications, devices …) but to put a text on the clipboard, which the
 * system allows at a person's own click or key alone; it reads none.
 * https://www.electronjs.org/docs/latest/tutorial/security#5-handle-session-permission-requests-from-remote-content
 */
import type { Session } from 'electron';

const isAllowed = (permission: string): boolean => permission === 'clipboard-sanitized-write';

export function refusePermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(isAllowed(permission));
  });
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => {
    answer({});
  });
}
