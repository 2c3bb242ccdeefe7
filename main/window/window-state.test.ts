import { describe, expect, it } from 'vitest';
import { placeWindow } from './window-state';

const screen = { x: 0, y: 0, width: 1920, height: 1080 };

describe('where the window opens', () => {
  it('is as large as fits at first launch', () => {
    expect(placeWindow(null, [screen])).toEqual({ width: 1440, height: 900, maximised: false });
    expect(placeWindow(null, [{ x: 0, y: 0, width: 1280, height: 800 }])).toEqual({ width: 1280, height: 800, maximised: false });
  });

  it('is where it was, on whichever screen', () => {
    const bounds = { x: 2000, y: 100, width: 1000, height: 700 };
    expect(placeWindow({ bounds, maximised: true }, [screen, { x: 1920, y: 0, width: 1280, height: 1024 }])).toEqual({
      ...bounds,
      maximised: true,
    });
  });

  it('is a new place when the old one is on no screen any more', () => {
    for (const bounds of [
      { x: 2000, y: 100, width: 1000, height: 700 },
      { x: -950, y: 100, width: 1000, height: 700 },
      { x: 100, y: -50, width: 1000, height: 700 },
      { x: 100, y: 1060, width: 1000, height: 700 },
    ]) {
      expect(placeWindow({ bounds, maximised: false }, [screen])).toEqual({ width: 1440, height: 900, maximised: false });
    }
  });
});
