/** Every schedule against PyTorch's: the rate of each step of a training. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checkParameters, defaultsOf } from '../../graph/parameter-schema';
import { epochRates, previewRates } from '../../schedules/preview';
import { schedules } from '../../schedules/registry';
import { runPython } from './python';

/** Falls, rests, falls a little, rises: what on-plateau decides by. */
const validationLosses = [2, 1.5, 1.5, 1.5, 1.5, 1.4999, 1.4998, 1.2, 1.3, 1.25, 1.21, 1.21];
const epochs = validationLosses.length;
const stepsPerEpoch = 5;
const learningRate = 0.1;

const cases = [...schedules.values()].flatMap((schedule) =>
  schedule.samples.map((parameters, index) => ({ name: `${schedule.kind} ${String(index + 1)}`, schedule, parameters })),
);

let torch: readonly (readonly number[])[] = [];
beforeAll(async () => {
  // The script prints one row of numbers a case.
  torch = (await runPython(
    'schedules.py',
    cases.map(({ schedule, parameters }) => ({ ...schedule.pytorch(parameters), epochs, stepsPerEpoch, learningRate, validationLosses })),
  )) as number[][];
});

describe.each([...schedules.values()])('$kind', ({ samples, help, label, formula, parameters }) => {
  test('has samples, of which the first are its defaults, and words', () => {
    expect(samples[0]).toEqual(defaultsOf(parameters));
    for (const sample of samples) expect(checkParameters(parameters, { ...sample })).toEqual({ ok: true, value: sample });
    expect(label).not.toBe('');
    expect(help).toMatch(/\.$/);
    expect(formula).toMatch(/^η = /);
  });
});

describe.each(cases.map((item, place) => ({ ...item, place })))('$name', ({ schedule, parameters, place }) => {
  const rates = validationLosses.flatMap((_, epoch) => [
    ...epochRates(schedule, parameters, { learningRate, epoch, epochs, stepsPerEpoch, validationLosses: validationLosses.slice(0, epoch) }),
  ]);

  test('has the rates of PyTorch', () => {
    expect(rates.length).toBe(epochs * stepsPerEpoch);
    expect(torch[place]?.length).toBe(rates.length);
    // PyTorch multiplies its way from step to step where the definitions here are closed: sixty roundings of float64.
    rates.forEach((rate, step) => expect(Math.abs(rate - (torch[place]?.[step] ?? NaN))).toBeLessThan(1e-13));
  });

  test('is previewed from the first step to the last', () => {
    const preview = previewRates(schedule, parameters, { learningRate, epochs, stepsPerEpoch }, epochs * stepsPerEpoch);
    expect(preview.map(({ epoch }) => epoch)).toEqual(rates.map((_, step) => step / stepsPerEpoch));
    if (schedule.kind !== 'plateau') expect(preview.map(({ rate }) => rate)).toEqual(rates);
    // Never better than the first epoch: it falls after patience + 1 epochs more.
    else expect(preview.at(-1)?.rate).toBeLessThan(learningRate);
  });
});
