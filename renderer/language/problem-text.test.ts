import { mount } from '@vue/test-utils';
import { describe, expect, test } from 'vitest';
import { defineComponent } from 'vue';
import { i18n } from './i18n';
import { inLanguage, useProblemText } from './problem-text';

describe('inLanguage', () => {
  test('writes numbers as the language does, and leaves texts alone', () => {
    const values = { offset: 7216, file: 'images 1000', bound: 0.5 };
    expect(inLanguage(values, 'en')).toEqual({ offset: '7,216', file: 'images 1000', bound: '0.5' });
    expect(inLanguage(values, 'de')).toEqual({ offset: '7.216', file: 'images 1000', bound: '0,5' });
  });
});

describe('the text of a problem', () => {
  test('tells its cause with the same facts, where that is a problem itself', () => {
    let text = '';
    const component = defineComponent({
      setup() {
        const values = { whole: 'sounds', skipped: 1200, because: 'import.nested-archive', file: 'inner.zip' };
        text = useProblemText()({ code: 'import.nothing-because', values });
        return () => null;
      },
    });
    mount(component, { global: { plugins: [i18n] } });
    expect(text).toMatch(/^Nothing in “sounds” could be read; left out: 1,200\. The first: “inner\.zip” is an archive in an archive/);
  });
});
