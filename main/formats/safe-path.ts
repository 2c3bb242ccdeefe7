/** Which paths inside an archive or a bundle may be taken as names below a folder, on every system. Pure. */

/** What Windows opens as a device, whatever the ending, and with spaces before it too. */
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(\.|$)/i;

/** Whether a name without folders is that of a device on some system. */
export const isDeviceName = (name: string): boolean => deviceName.test(name);
const longestPath = 1024;
/** Folders in one another. */
const deepestPath = 32;

/** Control characters, halves of characters, and those that cannot be seen or turn the direction of text: a name could look like another. */
export const hiddenCharacters = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/u;

type PathFault = 'empty' | 'long' | 'deep' | 'characters' | 'backslash' | 'absolute' | 'drive' | 'parent' | 'device' | 'ending';

/** Why a path with forward slashes is not taken; null for one that stays below its folder. */
export function pathFault(path: string): PathFault | null {
  if (path === '') return 'empty';
  if (path.length > longestPath) return 'long';
  if (hiddenCharacters.test(path)) return 'characters';
  if (path.includes('\\')) return 'backslash';
  if (path.startsWith('/')) return 'absolute';
  if (path.includes(':')) return 'drive';
  const parts = path.split('/');
  if (parts.length > deepestPath) return 'deep';
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return 'parent';
    if (isDeviceName(part)) return 'device';
    if (/[. ]$/.test(part)) return 'ending';
  }
  return null;
}
