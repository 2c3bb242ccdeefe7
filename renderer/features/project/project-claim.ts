/**
 * One window at a time has a project: a Web Lock by its location (https://w3c.github.io/web-locks/), which ends with the window.
 * It is for the windows of one Hebb; between processes a file in the project's folder does the same.
 */

/** Milliseconds to wait for a window that is being closed or loaded anew. */
const patience = 1500;

/** Takes a project and gives back the one before; false where another window has it. */
export type ClaimProject = (location: string) => Promise<boolean>;

/** `locks` is missing where the page is no secure context, and in tests: then nothing is claimed, and all is granted. */
export function createProjectClaim(locks: Pick<LockManager, 'request'> | undefined, waitFor = patience): ClaimProject {
  let current: string | null = null;
  let giveBack: () => void = () => undefined;
  return (location) =>
    new Promise((resolve) => {
      if (locks === undefined || location === current) {
        resolve(true);
        return;
      }
      locks
        .request(`hebb-project ${location}`, { signal: AbortSignal.timeout(waitFor) }, () => {
          giveBack();
          current = location;
          resolve(true);
          return new Promise<void>((end) => {
            giveBack = end;
          });
        })
        .catch(() => {
          resolve(false);
        });
    });
}
