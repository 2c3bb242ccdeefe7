/** Charts as files: drawn once more beside the page, on a canvas (PNG, twice as fine) or as SVG, on the theme's surface. */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import type { InjectionKey } from 'vue';
import type { ChartOption } from './chart-options';
import { csvOf, type ChartValues } from './chart-values';
import type { Drawing } from './drawings';

use([LineChart, BarChart, ScatterChart, GridComponent, TooltipComponent, CanvasRenderer, SVGRenderer]);

export type PictureKind = 'png' | 'svg' | 'csv';

/** Where a chart's file goes; the shell says, charts do not know projects. */
export const savePictureKey: InjectionKey<(name: string, kind: PictureKind, content: Blob) => Promise<void>> = Symbol('save picture');

export interface PictureSize {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

const still = (option: ChartOption, surface: string): ChartOption => ({ ...option, animation: false, backgroundColor: surface });

export function svgOf(option: ChartOption, { width, height }: PictureSize, surface: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(still(option, surface));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

export async function pngOf(option: ChartOption, { width, height }: PictureSize, surface: string): Promise<Blob> {
  const chart = init(document.createElement('div'), null, { renderer: 'canvas', width, height, devicePixelRatio: 2 });
  chart.setOption(still(option, surface));
  const canvas = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: surface });
  chart.dispose();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture could not be encoded.'));
    }, 'image/png');
  });
}

/** An SVG drawn by the page as a PNG, twice as fine. */
async function pngOfSvg({ svg, width, height }: Drawing, surface: string): Promise<Blob> {
  const image = new Image(width, height);
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(width * 2, height * 2);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('There is no canvas to draw on.');
    context.fillStyle = surface;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** A chart that the page draws itself, as a file of the kind. */
export async function drawingAs(kind: PictureKind, drawn: () => Drawing, values: () => ChartValues, surface: string): Promise<Blob> {
  switch (kind) {
    case 'png':
      return pngOfSvg(drawn(), surface);
    case 'svg':
      return new Blob([drawn().svg], { type: 'image/svg+xml' });
    case 'csv':
      return new Blob([csvOf(values())], { type: 'text/csv' });
    default:
      return kind satisfies never;
  }
}
