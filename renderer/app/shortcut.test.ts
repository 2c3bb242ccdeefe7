import { describe, expect, it } from 'vitest';
import { matchesShortcut, ownsKey, shortcutText, type KeyPress } from './shortcut';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe('shortcuts', () => {
  it('match their keys and no more', () => {
    expect(matchesShortcut('mod+z', press('z', { ctrlKey: true }), false)).toBe(true);
    expect(matchesShortcut('mod+z', press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe(false);
    expect(matchesShortcut('mod+shift+z', press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('mod+z', press('z'), false)).toBe(false);
  });

  it('take the command key on a Mac', () => {
    expect(matchesShortcut('mod+k', press('k', { metaKey: true }), true)).toBe(true);
    expect(matchesShortcut('mod+k', press('k', { ctrlKey: true }), true)).toBe(false);
  });

  it('take a symbol however the keyboard types it, and Backspace for Delete', () => {
    expect(matchesShortcut('?', press('?', { shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('+', press('+', { shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('delete', press('Backspace'), false)).toBe(true);
  });

  it('are written as people know them', () => {
    expect(shortcutText('mod+shift+z', false)).toBe('Ctrl+Shift+Z');
    expect(shortcutText('mod+shift+z', true)).toBe('⇧⌘Z');
    expect(shortcutText('delete', false)).toBe('Del');
  });

  it('leave typing to text fields, and the undo of number fields to the project', () => {
    const text = document.createElement('input');
    const number = document.createElement('input');
    number.setAttribute('role', 'spinbutton');
    expect(ownsKey(text, press('f'))).toBe(true);
    expect(ownsKey(text, press('z', { ctrlKey: true }))).toBe(true);
    expect(ownsKey(number, press('z', { ctrlKey: true }))).toBe(false);
    expect(ownsKey(text, press('s', { ctrlKey: true }))).toBe(false);
    expect(ownsKey(document.createElement('button'), press('f'))).toBe(false);
  });
});
