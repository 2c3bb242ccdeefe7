/**
 * Rule: the page gets no permission (location, notifications, devices …) but two: to put a text on the clipboard, which the
 * system allows at a person's own click or key alone, and to see by the camera, which it asks for where samples are taken from
 * it. It hears no microphone, and no other page than ours sees anything.
 * https://www.electronjs.org/docs/latest/tutorial/security#5-handle-session-permission-requests-from-remote-content
 */
import type { Session } from 'electron';

const isClipboard = (permission: string): boolean => permission === 'clipboard-sanitized-write';

/** `hebb://app` of `hebb://app/index.html`, whose origin is opaque to Node. */
function isOwn(url: string, origin: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}` === origin;
}

/** The picture of the camera alone, for the page's own frame. `types`: what is asked for. */
export function isCameraRequest(permission: string, types: readonly string[], url: string, origin: string): boolean {
  return permission === 'media' && types.length > 0 && types.every((type) => type === 'video') && isOwn(url, origin);
}

/** @param origin scheme and host of the page, such as `hebb://app` */
export function limitPermissions(session: Session, origin: string): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    answer(isClipboard(permission) || (details.isMainFrame && isCameraRequest(permission, types, details.requestingUrl, origin)));
  });
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin, { mediaType }) => {
    return isClipboard(permission) || isCameraRequest(permission, mediaType === undefined ? [] : [mediaType], requestingOrigin, origin);
  });
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => {
    answer({});
  });
}
