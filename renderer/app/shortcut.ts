/** Shortcuts such as `mod+shift+z`: whether a key press is one, and how it is written. Pure. */

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

interface Shortcut {
  readonly key: string;
  readonly mod: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

function parse(text: string): Shortcut {
  const parts = text.toLowerCase().split('+');
  return {
    key: text.endsWith('+') ? '+' : (parts.at(-1) ?? ''),
    mod: parts.includes('mod'),
    alt: parts.includes('alt'),
    shift: parts.includes('shift'),
  };
}

/** Backspace is `delete` too. `mac`: ⌘ is `mod`, and Ctrl is not. A character that needs Shift, such as `?`, is written without it. */
export function matchesShortcut(text: string, press: KeyPress, mac: boolean): boolean {
  const shortcut = parse(text);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  const pressed = press.key === 'Backspace' ? 'delete' : press.key.toLowerCase();
  const symbol = shortcut.key.length === 1 && !/[a-z0-9]/.test(shortcut.key);
  return (
    pressed === shortcut.key &&
    mod === shortcut.mod &&
    !other &&
    press.altKey === shortcut.alt &&
    (symbol || press.shiftKey === shortcut.shift)
  );
}

const names: Readonly<Record<string, string>> = {
  delete: 'Del',
  enter: '↵',
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  escape: 'Esc',
};

/** `Ctrl+Shift+Z`, or `⇧⌘Z` on a Mac. */
export function shortcutText(text: string, mac: boolean): string {
  const shortcut = parse(text);
  const key = names[shortcut.key] ?? shortcut.key.toUpperCase();
  if (mac) return `${shortcut.alt ? '⌥' : ''}${shortcut.shift ? '⇧' : ''}${shortcut.mod ? '⌘' : ''}${key}`;
  return [...(shortcut.mod ? ['Ctrl'] : []), ...(shortcut.alt ? ['Alt'] : []), ...(shortcut.shift ? ['Shift'] : []), key].join('+');
}

/** Fields in which typed keys, and undo, belong to the text. A number field's undo is the project's. */
export function ownsKey(target: EventTarget | null, press: KeyPress): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const editable =
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !['range', 'checkbox', 'radio', 'button', 'file'].includes(target.type));
  if (!editable) return target instanceof HTMLSelectElement && !press.ctrlKey && !press.metaKey;
  if (!press.ctrlKey && !press.metaKey) return true;
  const editing = ['a', 'c', 'v', 'x'].includes(press.key.toLowerCase());
  const undoing = ['z', 'y'].includes(press.key.toLowerCase());
  return editing || (undoing && target.getAttribute('role') !== 'spinbutton');
}
