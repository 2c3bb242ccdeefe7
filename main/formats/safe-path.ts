/** Which paths inside an archive or a bundle may be taken as names below a folder, on every system. Pure. */

/** What Windows opens as a device, whatever the ending. */
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const longestPath = 1024;
/** Folders in one another. */
const deepestPath = 32;

/** Control characters, and those that turn the direction of text and so make a name look like another. */
const hiddenCharacters = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

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
    if (deviceName.test(part.trimEnd())) return 'device';
    if (/[. ]$/.test(part)) return 'ending';
  }
  return null;
}
