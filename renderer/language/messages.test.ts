import { describe, expect, it } from 'vitest';
import { createI18n } from 'vue-i18n';
import { literalMessage, mergeMessages } from './messages';
import { numberTexts } from './numbers';
import { registryMessages } from './registry-messages';

describe('messages', () => {
  it('merge deeply, the second wins, neither changes', () => {
    const first = { a: { b: 'one', c: 'two' } };
    expect(mergeMessages(first, { a: { c: 'three' }, d: 'four' })).toEqual({ a: { b: 'one', c: 'three' }, d: 'four' });
    expect(first).toEqual({ a: { b: 'one', c: 'two' } });
  });

  it('show plain text as it stands, whatever is in it', () => {
    const text = 'x ∈ {0, 1} | @home {slope}';
    const i18n = createI18n({ legacy: false, locale: 'en', messages: { en: { text: literalMessage(text) } } });
    expect(i18n.global.t('text')).toBe(text);
  });

  it('take labels from definitions', () => {
    const messages = registryMessages([
      {
        kind: 'leaky',
        label: 'Leaky',
        help: 'Leaks.',
        parameters: { slope: { type: 'number', label: 'Slope', unit: 'per step', default: 0, minimum: 0, maximum: 1 } },
      },
    ]);
    expect(messages['leaky']).toMatchObject({
      label: 'Leaky',
      help: 'Leaks.',
      parameters: { slope: { label: 'Slope', unit: 'per step' } },
    });
  });
});

describe('numbers in words', () => {
  const en = numberTexts('en');

  it('follow the language', () => {
    expect(en.integer(61706)).toBe('61,706');
    expect(numberTexts('de').integer(61706)).toBe('61.706');
    expect(en.percent(0.914)).toBe('91.4%');
  });

  it('keep three digits, small and large, and say what is no number', () => {
    expect(en.measure(0.31234)).toBe('0.312');
    expect(en.measure(12345.6)).toBe('12,346');
    expect(en.measure(0.00000123)).toBe('1.23e-6');
    expect(en.measure(Number.NaN)).toBe('NaN');
    expect(en.measure(0)).toBe('0.00');
  });

  it('say sizes and times', () => {
    expect(en.bytes(1_500_000)).toBe('1.5 MB');
    expect([en.bytes(0), en.bytes(475)]).toEqual(['0 bytes', '475 bytes']);
    expect(en.duration(31)).toBe('0:31');
    expect(en.duration(3723)).toBe('1:02:03');
  });
});
