import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blank, centredDigit, resized, stroke } from './drawn-digit';

const centreOfMass = (ink: Float32Array, size: number) => {
  let mass = 0;
  let x = 0;
  let y = 0;
  ink.forEach((value, index) => {
    mass += value;
    x += value * ((index % size) + 0.5);
    y += value * (Math.floor(index / size) + 0.5);
  });
  return { x: x / mass, y: y / mass };
};

describe('a drawn digit', () => {
  it('is nothing while there is no ink', () => {
    expect(centredDigit(blank(280, 280))).toBeNull();
  });

  it('lies in the middle wherever and however large it was drawn', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 250 }),
        fc.integer({ min: 30, max: 250 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 20, max: 100 }),
        (x, y, wide, tall) => {
          const picture = blank(280, 280);
          stroke(picture, x, y, Math.min(270, x + wide), Math.min(270, y + tall), 9);
          const digit = centredDigit(picture);
          expect(digit).not.toBeNull();
          if (!digit) return;
          const centre = centreOfMass(digit, 28);
          // What sticks out of the picture is cut and faint edges below 0.02 do not count: less than half a pixel.
          expect(Math.abs(centre.x - 14)).toBeLessThan(0.5);
          expect(Math.abs(centre.y - 14)).toBeLessThan(0.5);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('fills 20 of 28 pixels on its longer side', () => {
    const picture = blank(280, 280);
    stroke(picture, 140, 60, 140, 220, 8);
    const digit = centredDigit(picture) ?? new Float32Array();
    const inked = Array.from({ length: 28 }, (_, row) => digit.slice(row * 28, row * 28 + 28).some((value) => value > 0.1)).filter(Boolean);
    expect(inked.length).toBeGreaterThanOrEqual(20);
    expect(inked.length).toBeLessThanOrEqual(22);
  });

  it('keeps its mean when resized', () => {
    const picture = blank(100, 60);
    stroke(picture, 10, 10, 90, 50, 6);
    const mean = (ink: Float32Array) => ink.reduce((sum, value) => sum + value, 0) / ink.length;
    expect(mean(resized(picture, 7, 9))).toBeCloseTo(mean(picture.ink), 5);
  });

  it('can be erased', () => {
    const picture = blank(50, 50);
    stroke(picture, 10, 10, 40, 40, 5);
    stroke(picture, 10, 10, 40, 40, 8, true);
    expect(Math.max(...picture.ink)).toBeLessThan(0.05);
  });
});
