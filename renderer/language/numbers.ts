/** Numbers, shapes, sizes and times as people read them, in the language of the interface; always through Intl. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';

export interface NumberTexts {
  /** `61,706` */
  readonly integer: (value: number) => string;
  /** Three significant digits: `0.312`, `12.3`, `1.2e-7`. NaN and infinities are said as such. */
  readonly measure: (value: number, significant?: number) => string;
  /** A fraction as `91.4 %`; `–` where there is none. */
  readonly percent: (fraction: number, digits?: number) => string;
  /** `61.7K`, for narrow places. */
  readonly compact: (value: number) => string;
  /** `417 k`, `3.21 M`, `82.1 G`: to stand before a unit, with its space. */
  readonly magnitude: (value: number) => string;
  /** `1.5 MB` */
  readonly bytes: (value: number) => string;
  /** `0:31`, `1:02:03` */
  readonly duration: (seconds: number) => string;
  /** An instant, as short as it is clear. */
  readonly date: (timestamp: string) => string;
  /** An instant to the second, for what is told from others by it; without the year. */
  readonly moment: (timestamp: string) => string;
}

/** For one locale; pure. */
export function numberTexts(locale: string): NumberTexts {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const moment = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' });
  const cache = new Map<string, Intl.NumberFormat>();
  const format = (options: Intl.NumberFormatOptions): Intl.NumberFormat => {
    const key = JSON.stringify(options);
    const found = cache.get(key) ?? new Intl.NumberFormat(locale, options);
    cache.set(key, found);
    return found;
  };
  return {
    integer: (value) => integer.format(value),
    measure: (value, significant = 3) => {
      if (!Number.isFinite(value)) return String(value);
      const size = Math.abs(value);
      if (size !== 0 && (size < 1e-4 || size >= 1e7))
        return format({ notation: 'scientific', maximumSignificantDigits: significant }).format(value).replace('E', 'e');
      return format({
        minimumSignificantDigits: significant,
        maximumSignificantDigits: Math.max(significant, Math.ceil(Math.log10(size + 1))),
      }).format(value);
    },
    percent: (fraction, digits = 1) =>
      Number.isFinite(fraction)
        ? format({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(fraction)
        : '–',
    compact: (value) => compact.format(value),
    magnitude: (value) => {
      const prefixes = ['', 'k', 'M', 'G', 'T'];
      const power = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
      return `${format({ maximumSignificantDigits: 3, useGrouping: false }).format(value / 1000 ** power)} ${prefixes[power] ?? ''}`;
    },
    bytes: (value) => {
      const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
      const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
      const unitDisplay = power === 0 ? 'long' : 'short';
      return format({ style: 'unit', unit: units[power] ?? 'byte', unitDisplay, maximumSignificantDigits: 3 }).format(
        value / 1000 ** power,
      );
    },
    duration: (seconds) => {
      const whole = Math.max(0, Math.round(seconds));
      const hours = Math.floor(whole / 3600);
      const minutes = Math.floor((whole % 3600) / 60);
      const pad = (value: number) => String(value).padStart(2, '0');
      return hours > 0 ? `${String(hours)}:${pad(minutes)}:${pad(whole % 60)}` : `${String(minutes)}:${pad(whole % 60)}`;
    },
    date: (timestamp) => date.format(new Date(timestamp)),
    moment: (timestamp) => moment.format(new Date(timestamp)),
  };
}

/** Inside a component: follows the language of the interface. */
export function useNumbers(): { readonly numbers: Readonly<{ value: NumberTexts }> } {
  const { locale } = useI18n();
  return { numbers: computed(() => numberTexts(locale.value)) };
}
