/**
 * Pure builders of ECharts options: curves and histograms in the house's look. They know no component, no store and
 * no language: texts and formats come in.
 */
import type { ComposeOption } from 'echarts/core';
import type { BarSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ChartTheme } from './chart-theme';
import type { Histogram, Point } from './series';

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | ScatterSeriesOption | GridComponentOption | TooltipComponentOption
>;

export interface Curve {
  readonly id: string;
  readonly name: string;
  readonly points: readonly Point[];
  readonly colour: string;
  /** `ghost`: the raw series behind its smoothed line. `marked`: few points, each with a dot that can be clicked. */
  readonly style: 'line' | 'ghost' | 'marked';
}

export interface CurveChart {
  readonly theme: ChartTheme;
  readonly curves: readonly Curve[];
  readonly xName: string;
  /** Exact value for the tooltip; short value for the axis. */
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly formatTick: (value: number) => string;
  readonly yRange?: readonly [number, number];
  /** Logarithmic axes: what is not positive is left out of the picture. */
  readonly logarithmic?: { readonly x: boolean; readonly y: boolean };
  /** The right end of the axis, so that the curve grows into the room of the whole run. */
  readonly xEnd?: number;
}

/** Font names in single quotes: as SVG the chart writes them into an attribute as they are. */
const textStyle = (theme: ChartTheme) => ({ fontFamily: theme.fontFamily.replaceAll('"', "'"), fontSize: 11, color: theme.muted });

const axis = (theme: ChartTheme) => ({
  axisLine: { lineStyle: { color: theme.line } },
  axisTick: { show: false },
  axisLabel: { ...textStyle(theme), hideOverlap: true },
  splitLine: { lineStyle: { color: theme.line, width: 1 } },
  nameTextStyle: textStyle(theme),
});

const tooltip = (theme: ChartTheme): TooltipComponentOption => ({
  trigger: 'axis',
  // Drawn on the canvas: no markup from data, and nothing that a strict content policy would stop.
  renderMode: 'richText',
  confine: true,
  backgroundColor: theme.surface,
  borderColor: theme.line,
  borderWidth: 1,
  padding: [6, 8],
  textStyle: { ...textStyle(theme), color: theme.text, fontSize: 12 },
  axisPointer: { type: 'line', lineStyle: { color: theme.muted, width: 1, type: 'dashed' }, animation: false },
});

/** Rich-text tooltips read braces as style names; series names are a person's. */
const plain = (text: string): string => text.replace(/[{}|]/g, ' ');

/** Of a logarithmic axis: tenfold steps over little more than one decade would leave most of the picture empty. */
export function logarithmOf(values: readonly number[]): number {
  let [smallest, largest] = [Infinity, 0];
  for (const value of values)
    if (value > 0) {
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
    }
  const range = largest / smallest;
  return range > 100 ? 10 : range > 4 ? 2 : 2 ** 0.25;
}

/** Loss or accuracy over steps or epochs. */
export function curveOption({ theme, curves, xName, formatX, formatY, formatTick, yRange, xEnd, logarithmic }: CurveChart): ChartOption {
  const { x: logX, y: logY } = logarithmic ?? { x: false, y: false };
  const isShown = ([x, y]: Point): boolean => (!logX || x > 0) && (!logY || y > 0);
  const named = new Map(curves.map((curve) => [curve.id, curve]));
  const axisY = {
    ...axis(theme),
    splitNumber: 4,
    axisLabel: { ...textStyle(theme), formatter: (value: number) => formatTick(value) },
  };
  return {
    animation: false,
    grid: { left: 4, right: 44, top: 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      ...tooltip(theme),
      formatter: (parameters) => {
        const items = Array.isArray(parameters) ? parameters : [parameters];
        const rows = items.flatMap((item) => {
          const curve = named.get(item.seriesId ?? '');
          const value = Array.isArray(item.value) ? item.value : [];
          return curve && typeof value[1] === 'number' ? [`${plain(curve.name)}  ${formatY(value[1])}`] : [];
        });
        const first = items[0];
        const at =
          first && Array.isArray(first.value) && typeof first.value[0] === 'number' ? [`${plain(xName)} ${formatX(first.value[0])}`] : [];
        return [...at, ...rows].join('\n');
      },
    },
    xAxis: {
      type: logX ? 'log' : 'value',
      ...axis(theme),
      splitLine: { show: false },
      min: logX ? 'dataMin' : 0,
      ...(xEnd === undefined ? {} : { max: xEnd }),
      name: xName,
      nameLocation: 'end',
      nameGap: 6,
      axisLabel: { ...textStyle(theme), hideOverlap: true, formatter: (value: number) => formatX(value) },
    },
    yAxis: logY
      ? { type: 'log', logBase: logarithmOf(curves.flatMap(({ points }) => points.map(([, y]) => y))), ...axisY }
      : {
          type: 'value',
          scale: true,
          ...(yRange ? { min: yRange[0], max: yRange[1], interval: (yRange[1] - yRange[0]) / 4 } : {}),
          ...axisY,
        },
    series: curves.map((curve): LineSeriesOption => ({
      type: 'line',
      id: curve.id,
      name: curve.name,
      data: curve.points.filter(isShown).map(([x, y]) => [x, y]),
      color: curve.colour,
      showSymbol: curve.style === 'marked',
      symbol: 'circle',
      symbolSize: 8,
      lineStyle: { width: curve.style === 'ghost' ? 1 : 1.75, opacity: curve.style === 'ghost' ? 0.28 : 1 },
      itemStyle: { borderColor: theme.surface, borderWidth: 1.5 },
      emphasis: { disabled: curve.style !== 'marked', scale: 1.4 },
      silent: curve.style !== 'marked',
      z: curve.style === 'ghost' ? 1 : curve.style === 'line' ? 2 : 3,
      ...(curve.style === 'marked' ? { cursor: 'pointer' } : {}),
    })),
  };
}

export interface HistogramChart {
  readonly theme: ChartTheme;
  readonly histogram: Histogram;
  readonly colour: string;
  readonly format: (value: number) => string;
  readonly formatCount: (value: number) => string;
}

/** Counts by value; bars touch, since the bins do. */
export function histogramOption({ theme, histogram: { edges, counts }, colour, format, formatCount }: HistogramChart): ChartOption {
  const range = (bin: number): string => `${format(edges[bin] ?? 0)} … ${format(edges[bin + 1] ?? 0)}`;
  return {
    animation: false,
    grid: { left: 4, right: 8, top: 8, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      ...tooltip(theme),
      axisPointer: { type: 'shadow' },
      formatter: (parameters) => {
        const item = Array.isArray(parameters) ? parameters[0] : parameters;
        return item ? `${range(item.dataIndex)}\n${formatCount(counts[item.dataIndex] ?? 0)}` : '';
      },
    },
    xAxis: {
      type: 'category',
      ...axis(theme),
      data: counts.map((_, bin) => format(((edges[bin] ?? 0) + (edges[bin + 1] ?? 0)) / 2)),
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      ...axis(theme),
      splitNumber: 2,
      axisLabel: { ...textStyle(theme), formatter: (value: number) => formatCount(value) },
    },
    series: [
      { type: 'bar', data: [...counts], color: colour, barCategoryGap: '0%', itemStyle: { borderColor: theme.surface, borderWidth: 0.5 } },
    ],
  };
}

export interface AgreementChart {
  readonly theme: ChartTheme;
  /** True value and estimate of each sample; what is not finite is left out. */
  readonly points: readonly Point[];
  readonly colour: string;
  readonly trueName: string;
  readonly estimateName: string;
  readonly format: (value: number) => string;
  readonly formatTick: (value: number) => string;
}

/** Estimates over true values on equal axes; whatever is right lies on the diagonal. */
export function agreementOption({ theme, points, colour, trueName, estimateName, format, formatTick }: AgreementChart): ChartOption {
  const shown = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const all = shown.flat();
  const [least, greatest] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)];
  const margin = 0.04 * (greatest - least) || 0.5;
  const range = shown.length === 0 ? { min: 0, max: 1 } : { min: least - margin, max: greatest + margin };
  const side = {
    type: 'value',
    ...axis(theme),
    ...range,
    splitNumber: 4,
    axisLabel: {
      ...textStyle(theme),
      hideOverlap: true,
      showMinLabel: false,
      showMaxLabel: false,
      formatter: (value: number) => formatTick(value),
    },
  } as const;
  return {
    animation: false,
    grid: { left: 4, right: 12, top: 22, bottom: 18, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      ...tooltip(theme),
      trigger: 'item',
      formatter: (parameters) => {
        const item = Array.isArray(parameters) ? parameters[0] : parameters;
        const [x, y] = Array.isArray(item?.value) ? item.value : [];
        return typeof x === 'number' && typeof y === 'number'
          ? `${plain(trueName)}  ${format(x)}\n${plain(estimateName)}  ${format(y)}`
          : '';
      },
    },
    xAxis: { ...side, name: trueName, nameLocation: 'middle', nameGap: 22 },
    yAxis: { ...side, name: estimateName, nameLocation: 'end', nameGap: 8, nameTextStyle: { ...textStyle(theme), align: 'left' } },
    series: [
      {
        type: 'line',
        id: 'diagonal',
        data: [
          [range.min, range.min],
          [range.max, range.max],
        ],
        showSymbol: false,
        silent: true,
        color: theme.muted,
        lineStyle: { width: 1, type: 'dashed' },
        z: 1,
      },
      {
        type: 'scatter',
        id: 'samples',
        data: shown.map(([x, y]) => [x, y]),
        symbolSize: 5,
        itemStyle: { color: colour, opacity: 0.6 },
        z: 2,
      },
    ],
  };
}
