/** One command of a menu. Knows no menu. */
import type { IconName } from './icons';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName | undefined;
  readonly shortcut?: string | undefined;
  readonly disabled?: boolean;
  readonly checked?: boolean;
  /** A line above it. */
  readonly separated?: boolean;
}
