import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import NumberField from './NumberField.vue';

const field = () => {
  const wrapper = mount(NumberField, {
    props: {
      label: 'Units',
      minimum: 1,
      maximum: 10,
      modelValue: 5,
      'onUpdate:modelValue': (value: number | undefined): void => {
        void wrapper.setProps({ modelValue: value ?? 0 });
      },
    },
  });
  return wrapper;
};
const valuesOf = (wrapper: ReturnType<typeof field>) => wrapper.emitted('update:modelValue')?.map(([value]) => value) ?? [];

describe('a number field', () => {
  it('gives every number that is typed, in range or not, and no text that is none', async () => {
    const wrapper = field();
    await wrapper.get('input').setValue('12');
    await wrapper.get('input').setValue('1e');
    expect(valuesOf(wrapper)).toEqual([12]);
    expect(wrapper.attributes('aria-invalid')).toBe('true');
  });

  it('keeps what is typed as it is typed', async () => {
    const wrapper = field();
    await wrapper.get('input').setValue('7.');
    expect(valuesOf(wrapper)).toEqual([7]);
    expect(wrapper.get('input').element.value).toBe('7.');
  });

  it('shows the value again when it is left with nonsense in it', async () => {
    const wrapper = field();
    await wrapper.get('input').setValue('abc');
    await wrapper.trigger('blur');
    expect(wrapper.get('input').element.value).toBe('5');
    expect(wrapper.emitted('commit')).toHaveLength(1);
  });

  it('steps with the arrow keys, ten with Shift, and stops at the range', async () => {
    const wrapper = field();
    await wrapper.trigger('keydown', { key: 'ArrowUp' });
    await wrapper.trigger('keydown', { key: 'ArrowUp', shiftKey: true });
    await wrapper.trigger('keydown', { key: 'ArrowDown' });
    expect(valuesOf(wrapper)).toEqual([6, 10, 9]);
  });

  it('follows a value from outside', async () => {
    const wrapper = field();
    await wrapper.setProps({ modelValue: 8 });
    expect(wrapper.get('input').element.value).toBe('8');
    expect(wrapper.attributes('aria-valuenow')).toBe('8');
  });
});
