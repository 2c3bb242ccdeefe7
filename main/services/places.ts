/** Where Hebb keeps what is not a project: settings, caches, new projects. HEBB_HOME puts all of it into one folder. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export interface Places {
  /** Settings and the list of recent projects. */
  readonly settings: string;
  /** Can be made again: bundled data sets, files on their way. */
  readonly cache: string;
  /** Data sets that a person imported, and the shell's own files. */
  readonly data: string;
  /** New projects. */
  readonly projects: string;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

const here = (): Surroundings => ({ environment: process.env, platform: process.platform, home: homedir() });

/** The XDG base directories on Linux (specifications.freedesktop.org/basedir-spec), the platform's conventions elsewhere. */
export function findPlaces({ environment, platform, home }: Surroundings = here()): Places {
  const own = environment['HEBB_HOME'];
  if (own !== undefined && own !== '') {
    const folder = resolve(own);
    return { settings: folder, cache: join(folder, 'cache'), data: folder, projects: join(folder, 'projects') };
  }
  if (platform === 'darwin') {
    const data = join(home, 'Library', 'Application Support', 'Hebb');
    return { settings: data, cache: join(home, 'Library', 'Caches', 'Hebb'), data, projects: join(home, 'Documents', 'Hebb') };
  }
  /** Relative paths are to be ignored, says the specification. */
  const folder = (variable: string, otherwise: string): string => {
    const value = environment[variable];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  if (platform === 'win32') {
    const settings = join(folder('APPDATA', join(home, 'AppData', 'Roaming')), 'Hebb');
    const local = join(folder('LOCALAPPDATA', join(home, 'AppData', 'Local')), 'Hebb');
    return { settings, cache: join(local, 'cache'), data: local, projects: join(home, 'Documents', 'Hebb') };
  }
  const data = join(folder('XDG_DATA_HOME', join(home, '.local', 'share')), 'hebb');
  return {
    settings: join(folder('XDG_CONFIG_HOME', join(home, '.config')), 'hebb'),
    cache: join(folder('XDG_CACHE_HOME', join(home, '.cache')), 'hebb'),
    data,
    projects: join(data, 'projects'),
  };
}

/** The folder for what a shell itself keeps. */
export const hebbHome = (): string => findPlaces().data;
