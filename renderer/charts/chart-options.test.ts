import { describe, expect, it } from 'vitest';
import { curveOption, histogramOption, logarithmOf, type CurveChart } from './chart-options';
import type { ChartTheme } from './chart-theme';
import { histogram } from './series';

const theme: ChartTheme = {
  dark: false,
  text: '#111111',
  muted: '#666666',
  line: '#dddddd',
  surface: '#ffffff',
  accent: '#0000ff',
  training: '#0000ff',
  validation: '#ff8800',
  series: ['#0000ff', '#ff8800'],
  fontFamily: 'sans-serif',
};

const chart: CurveChart = {
  theme,
  xName: 'Step',
  formatX: String,
  formatY: (value) => value.toFixed(2),
  formatTick: String,
  curves: [
    { id: 'raw', name: 'Raw', points: [[1, 0.5]], colour: '#0000ff', style: 'ghost' },
    { id: 'validation', name: 'Valid{a}tion', points: [[1, 0.25]], colour: '#ff8800', style: 'marked' },
  ],
};

const tooltipText = (option: ReturnType<typeof curveOption>, items: unknown): unknown => {
  const tooltip = option.tooltip;
  if (!tooltip || Array.isArray(tooltip) || typeof tooltip.formatter !== 'function') throw new Error('no tooltip');
  // ECharts hands the formatter far more than the builder reads.
  return tooltip.formatter(items as never, '', () => undefined);
};

describe('curves', () => {
  it('draw one series a curve, only marked ones with points to click', () => {
    const series = curveOption(chart).series;
    expect(series).toMatchObject([
      { id: 'raw', showSymbol: false, silent: true, data: [[1, 0.5]] },
      { id: 'validation', showSymbol: true, silent: false, data: [[1, 0.25]] },
    ]);
  });

  it('draw their tooltip on the canvas, with exact values and no style names from data', () => {
    const option = curveOption(chart);
    expect(option.tooltip).toMatchObject({ renderMode: 'richText' });
    const text = tooltipText(option, [
      { seriesId: 'raw', value: [1, 0.5] },
      { seriesId: 'validation', value: [1, 0.25] },
    ]);
    expect(text).toBe('Step 1\nRaw  0.50\nValid a tion  0.25');
  });

  it('leave room for the whole run when its end is known', () => {
    expect(curveOption({ ...chart, xEnd: 2345 }).xAxis).toMatchObject({ max: 2345 });
    expect(curveOption(chart).xAxis).not.toHaveProperty('max');
  });
});

describe('a logarithmic axis', () => {
  it('steps so that there are a few lines in the range of the values, and leaves out what has no logarithm', () => {
    expect(logarithmOf([1e-4, 0.5])).toBe(10);
    expect(logarithmOf([0.05, 0, -3, 2])).toBe(2);
    // 0.6 to 1 has the lines 0.71, 0.84 and 1.
    expect(logarithmOf([0.6, 0.95])).toBeCloseTo(1.19, 2);
    expect(curveOption({ ...chart, logarithmic: { x: false, y: true } }).yAxis).toMatchObject({ type: 'log' });
    expect(curveOption(chart).yAxis).toMatchObject({ type: 'value' });
  });
});

describe('histograms', () => {
  it('have a bar a bin and say its edges and count', () => {
    const option = histogramOption({
      theme,
      histogram: histogram([0, 0, 1], 2),
      colour: '#0000ff',
      format: (value) => value.toFixed(1),
      formatCount: String,
    });
    expect(option.series).toMatchObject([{ type: 'bar', data: [2, 1] }]);
    expect(tooltipText(option, [{ dataIndex: 0 }])).toBe('0.0 … 0.5\n2');
  });
});
