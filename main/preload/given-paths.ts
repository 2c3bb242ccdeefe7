/** Where the files lie that a person gave to the window. Pure. */

export interface GivenFile {
  /** Absolute; empty for a file that lies nowhere on this machine. */
  readonly path: string;
  /** From the folder that was chosen, with `/`; empty for a file that was dropped or chosen itself. */
  readonly relative: string;
}

/** The folder that was chosen, of a file in it; null where the one path is no end of the other. */
function chosenFolder({ path, relative }: GivenFile): string | null {
  const outer = path.length - relative.length;
  // Windows separates with the other slash.
  const isEnd = path.slice(outer).replaceAll('\\', '/') === relative && /^[\\/]$/.test(path.charAt(outer - 1));
  const inner = relative.indexOf('/');
  return isEnd && inner > 0 ? path.slice(0, outer + inner) : null;
}

/** The files, and for files of a folder that folder, each once; null where one of them has no path. */
export function pathsOf(files: readonly GivenFile[]): readonly string[] | null {
  const paths = new Set<string>();
  for (const file of files) {
    const path = file.relative === '' ? file.path : chosenFolder(file);
    if (path === null || path === '') return null;
    paths.add(path);
  }
  return paths.size === 0 ? null : [...paths];
}
