/**
 * Rule: a call is answered only if the top frame of our own page made it.
 * https://www.electronjs.org/docs/latest/tutorial/security#17-validate-the-sender-of-all-ipc-messages
 */

/** What is asked of the frame that sent a message: Electron's WebFrameMain has it. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** A frame that is gone by now (null) is not trusted either. */
export function isTrustedSender(frame: SenderFrame | null, origin: string): boolean {
  if (frame?.parent !== null || !URL.canParse(frame.url)) return false;
  // Custom schemes have the opaque origin "null" in Node's URL, so scheme and host are compared themselves.
  const { protocol, host, username, password } = new URL(frame.url);
  return `${protocol}//${host}` === origin && username === '' && password === '';
}
