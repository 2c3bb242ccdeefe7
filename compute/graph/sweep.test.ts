import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { ModelDocument } from './model-document';
import {
  afterRestart,
  contentOfTrial,
  firstTrials,
  gridValues,
  isDone,
  nextTrial,
  sweepPlanSchema,
  trainingsOf,
  trialName,
  withTrial,
  type SweepPlan,
} from './sweep';
import { defaultTrainingSettings } from './training-settings';

const plan = (given: v.InferInput<typeof sweepPlanSchema>): SweepPlan => v.parse(sweepPlanSchema, given);
const rates = { path: 'settings.learningRate', values: { kind: 'logarithmic', minimum: 0.001, maximum: 0.1, count: 3 } } as const;
const widths = { path: 'network.hidden.units', values: { kind: 'choices' as const, choices: [8, 16] } };
const trialsOf = (given: SweepPlan) => {
  const outcome = firstTrials(given);
  if (!outcome.ok) throw new Error(outcome.problem.code);
  return [...outcome.value];
};
const document: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'x',
  nodes: [{ id: 'hidden', kind: 'dense', version: 1, parameters: { units: 4, bias: true } }],
  edges: [],
};
const base = { document, settings: defaultTrainingSettings };

describe('the trials of a sweep', () => {
  it('are every combination of a grid, each once', () => {
    const trials = trialsOf(plan({ method: { kind: 'grid' }, parameters: [rates, widths] }));
    expect(trials.map(({ values }) => [values['settings.learningRate'], values['network.hidden.units']])).toEqual([
      [0.001, 8],
      [0.001, 16],
      [0.01, 8],
      [0.01, 16],
      [0.1, 8],
      [0.1, 16],
    ]);
    expect(gridValues({ kind: 'linear', minimum: 1, maximum: 3, count: 9, whole: true })).toEqual([1, 2, 3]);
    expect(gridValues({ kind: 'linear', minimum: 0, maximum: 1, count: 11, whole: false })[3]).toBe(0.3);
  });

  it('are drawn by the seed, within their ranges, evenly on their scale', () => {
    const drawn = (seed: number) => trialsOf(plan({ method: { kind: 'random', trials: 400 }, seed, parameters: [rates, widths] }));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
    const logarithms = drawn(1).map(({ values }) => Math.log10(Number(values['settings.learningRate'])));
    expect(Math.min(...logarithms)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...logarithms)).toBeLessThanOrEqual(-1);
    // Uniform over [−3, −1]: the mean of 400 has the deviation 2/√12/√400 = 0.029; five of it.
    expect(Math.abs(logarithms.reduce((sum, value) => sum + value, 0) / 400 + 2)).toBeLessThan(0.15);
    const wide = drawn(1).filter(({ values }) => values['network.hidden.units'] === 16).length;
    // Binomial with deviation 10; five of it.
    expect(Math.abs(wide - 200)).toBeLessThan(50);
  });

  it('are refused where a range is upside down, a parameter stands twice, or nobody could wait for them', () => {
    const code = (parameters: SweepPlan['parameters']) => {
      const outcome = firstTrials({ ...plan({ method: { kind: 'grid' }, parameters: [rates] }), parameters });
      return outcome.ok ? 'fine' : outcome.problem.code;
    };
    const linear = { kind: 'linear', minimum: 0, maximum: 1, count: 1000, whole: false } as const;
    expect(code([{ path: 'a', values: { ...linear, minimum: 2 } }])).toBe('sweep.range');
    expect(code([{ path: 'a', values: { ...linear, kind: 'logarithmic' } }])).toBe('sweep.range');
    expect(
      code([
        { path: 'a', values: linear },
        { path: 'a', values: linear },
      ]),
    ).toBe('sweep.twice');
    expect(
      code([
        { path: 'a', values: linear },
        { path: 'b', values: linear },
      ]),
    ).toBe('sweep.too-many');
  });

  it('of a halving are the best of each round, trained longer', () => {
    const halving = plan({ method: { kind: 'halving', trials: 7, factor: 2, epochs: 1 }, parameters: [rates], goal: 'highest' });
    expect(trainingsOf(halving)).toBe(7 + 3 + 1);
    let sweep = { plan: halving, trials: trialsOf(halving) };
    const results: (number | null)[] = [0.1, 0.9, null, 0.5, 0.7, 0.2, 0.3, /* second round */ 0.6, 0.8, 0.4, /* third */ 0.95];
    for (const result of results) {
      const trial = nextTrial(sweep);
      sweep = withTrial(sweep, trial?.number ?? -1, { status: result === null ? 'failed' : 'finished', result });
    }
    expect(isDone(sweep)).toBe(true);
    const rounds = [0, 1, 2].map((round) => sweep.trials.filter((trial) => trial.round === round));
    const values = (index: number) => sweep.trials[index]?.values;
    expect(rounds.map((round) => round.map(({ epochs }) => epochs))).toEqual([[1, 1, 1, 1, 1, 1, 1], [2, 2, 2], [4]]);
    expect(rounds[1]?.map((trial) => trial.values)).toEqual([values(1), values(4), values(3)]);
    expect(rounds[2]?.map((trial) => trial.values)).toEqual([values(4)]);
  });

  it('that ran when the program ended begin anew', () => {
    const given = plan({ method: { kind: 'grid' }, parameters: [rates] });
    const sweep = withTrial({ plan: given, trials: trialsOf(given) }, 0, { status: 'running', run: 'r' });
    expect(nextTrial(sweep)?.number).toBe(1);
    expect(nextTrial(afterRestart(sweep))).toMatchObject({ number: 0, run: null });
  });
});

describe('the content of a trial', () => {
  const contentWith = (values: Record<string, number | string | boolean>, epochs: number | null = null) =>
    contentOfTrial(base, { values, epochs });

  it('has its values in settings and layers, and leaves the base as it is', () => {
    const outcome = contentWith({ 'settings.learningRate': 0.5, 'settings.optimizer.parameters.beta1': 0.8, 'network.hidden.units': 9 }, 7);
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        settings: { learningRate: 0.5, epochs: 7, optimizer: { kind: 'adam', parameters: { beta1: 0.8 } } },
        document: { nodes: [{ parameters: { units: 9, bias: true } }] },
      },
    });
    expect([base.settings, document.nodes[0]?.parameters['units']]).toEqual([defaultTrainingSettings, 4]);
  });

  it('is refused for a path that leads nowhere, or a value that the settings cannot have', () => {
    const code = (values: Record<string, number | string>) => {
      const outcome = contentWith(values);
      return outcome.ok ? 'fine' : outcome.problem.code;
    };
    expect(code({ 'network.other.units': 1 })).toBe('sweep.path');
    expect(code({ learningRate: 1 })).toBe('sweep.path');
    expect(code({ 'settings.learningRate.x': 1 })).toBe('sweep.path');
    expect(code({ 'settings.batchSize': 0 })).toBe('sweep.value');
    expect(code({ 'settings.rate': 1 })).toBe('sweep.value');
  });

  it('is called by its values', () => {
    expect(trialName({ epochs: null, values: { 'settings.optimizer.parameters.beta1': 0.123456, 'network.hidden.units': 8 } })).toBe(
      'optimizer beta1 0.1235 · hidden units 8',
    );
    expect(trialName({ epochs: 9, values: { 'settings.learningRate': 0.1 } })).toBe('learningRate 0.1 · epochs 9');
  });
});
