import { describe, expect, it } from 'vitest';
import { countCaptured, middlePart, packed, planesOf, toBytes, whatIsMissing, withoutClass, type CapturedSample } from './capture-model';

const sample = (label: number, key = label): CapturedSample => ({ key, label, values: Uint8Array.of(label, key) });

describe('a sample made in the window', () => {
  it('is bytes', () => {
    expect([...toBytes(Float32Array.of(-1, 0, 0.5, 1, 2))]).toEqual([0, 0, 128, 255, 255]);
  });

  it('is a plane of each colour, or one of brightness', () => {
    const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 10, 20, 30, 0);
    expect([...planesOf(pixels, 3)]).toEqual([255, 0, 10, 0, 255, 20, 0, 0, 30]);
    // 0.299, 0.587 and 0.114: the weights of ITU-R BT.601.
    expect([...planesOf(pixels, 1)]).toEqual([76, 150, 18]);
  });

  it('is cut from the middle of what the camera sees', () => {
    expect(middlePart({ width: 640, height: 480 }, { width: 28, height: 28 })).toEqual([80, 0, 480, 480]);
    expect(middlePart({ width: 480, height: 640 }, { width: 64, height: 32 })).toEqual([0, 200, 480, 240]);
  });
});

describe('classes that a person names', () => {
  it('are counted, and can go with all that is in them', () => {
    const samples = [sample(0), sample(2), sample(1), sample(2, 9)];
    expect(countCaptured(samples, 3)).toEqual([1, 1, 2]);
    expect(withoutClass(samples, 1).map(({ label }) => label)).toEqual([0, 1, 1]);
  });

  it.each([
    [' ', ['a'], 'name'],
    ['mine', ['a', ' '], 'className'],
    ['mine', ['a', 'a '], 'twice'],
    ['mine', ['a', 'b'], null],
  ])('are checked before anything is kept: %s, %j', (name, classes, expected) => {
    expect(whatIsMissing(name, classes, [sample(0)])).toBe(expected);
  });

  it('need a sample', () => {
    expect(whatIsMissing('mine', ['a'], [])).toBe('samples');
  });
});

it('all samples are sent one after another', async () => {
  const { bytes, labels } = packed([sample(1, 7), sample(0, 3)]);
  expect(labels).toEqual([1, 0]);
  const read = await new Promise<unknown>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result);
    };
    reader.readAsArrayBuffer(bytes);
  });
  expect([...new Uint8Array(read as ArrayBuffer)]).toEqual([1, 7, 0, 3]);
});
