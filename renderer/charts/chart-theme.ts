/** Colours and type of charts, read from the design tokens so that charts follow the theme. Draws nothing. */
import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue';

export interface ChartTheme {
  readonly dark: boolean;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly training: string;
  readonly validation: string;
  /** Colours of series that mean nothing by themselves, one after the other. */
  readonly series: readonly string[];
  readonly fontFamily: string;
}

/** Where a token is missing (tests, an unknown theme): readable on white. */
const fallback = {
  text: '#1c1e21',
  muted: '#5c6370',
  line: '#dfe2e7',
  surface: '#ffffff',
  accent: '#2a5bd7',
  training: '#2563c9',
  validation: '#b8590a',
};

const seriesTokens = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6', '--series-7', '--series-8'];

/** Tokens may be in any CSS colour notation; charts read sRGB, so one pixel is painted and read back. */
function toRgb(colour: string, otherwise: string): string {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!context || colour === '') return otherwise;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${String(red)}, ${String(green)}, ${String(blue)})`;
}

function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const colour = (token: string, otherwise: string): string => toRgb(style.getPropertyValue(token).trim(), otherwise);
  return {
    dark: document.documentElement.dataset['theme'] === 'dark',
    text: colour('--text', fallback.text),
    muted: colour('--text-soft', fallback.muted),
    line: colour('--line', fallback.line),
    surface: colour('--surface-base', fallback.surface),
    accent: colour('--accent', fallback.accent),
    training: colour('--series-1', fallback.training),
    validation: colour('--series-2', fallback.validation),
    series: seriesTokens.map((token) => colour(token, fallback.training)),
    fontFamily: style.getPropertyValue('--font').trim() || 'sans-serif',
  };
}

/** The theme of now, and of later: it changes with the document's. */
export function useChartTheme(): Readonly<Ref<ChartTheme>> {
  const theme = shallowRef(readTheme());
  const refresh = () => {
    theme.value = readTheme();
  };
  const observer = new MutationObserver(refresh);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-density'] });
  onScopeDispose(() => {
    observer.disconnect();
  });
  return readonly(theme);
}
