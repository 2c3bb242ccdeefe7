import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../graph/tensor';
import { IndexForms, formKey, type Form } from './index-form';

/** The form's value where the variable `i` is `value`. */
function evaluate({ terms, constant }: Form, value: number): number {
  let sum = constant;
  for (const [{ made }, coefficient] of terms) {
    const inner = made ? evaluate(made.of, value) : value;
    sum += coefficient * (made ? (made.operation === 'divide' ? Math.floor(inner / made.by) : inner % made.by) : inner);
  }
  return sum;
}

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

describe('index forms', () => {
  it('give an element back its own number after any reshape', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const forms = new IndexForms();
        const linear = forms.variable('i', sizeOf(shape));
        expect(formKey(forms.ravel(forms.unravel(linear, shape), shape))).toBe(formKey(linear));
      }),
    );
  });

  it('agree with whole numbers on permuted, moved and regrouped axes', () => {
    fc.assert(
      fc.property(shapes, fc.nat(3), fc.nat(7), (shape, rotation, moved) => {
        const size = sizeOf(shape);
        const forms = new IndexForms();
        const axes = shape.map((_, axis) => (axis + rotation) % shape.length);
        const permuted = axes.map((axis) => shape[axis] ?? 1);
        const index = forms.unravel(forms.variable('i', size), permuted);
        const back = shape.map((_, axis) => index[axes.indexOf(axis)] ?? forms.constant(0));
        const form = forms.modulo(forms.add(forms.ravel(back, shape), forms.constant(moved)), size + 1);
        for (let value = 0; value < size; value++) {
          let rest = value;
          const digits = [...permuted].reverse().map((length) => {
            const digit = rest % length;
            rest = Math.floor(rest / length);
            return digit;
          });
          digits.reverse();
          const expected = shape.reduce((sum, length, axis) => sum * length + (digits[axes.indexOf(axis)] ?? 0), 0);
          expect(evaluate(form, value)).toBe((expected + moved) % (size + 1));
        }
      }),
    );
  });

  it('drop quotients and remainders that ranges decide', () => {
    const forms = new IndexForms();
    const row = forms.variable('row', 7);
    const column = forms.variable('column', 9);
    const linear = forms.ravel([row, column], [7, 9]);
    expect(formKey(forms.divide(linear, 9))).toBe(formKey(row));
    expect(formKey(forms.modulo(linear, 9))).toBe(formKey(column));
  });

  it('know conditions that always and never hold', () => {
    const forms = new IndexForms();
    const index = forms.variable('i', 10);
    expect(forms.within(index, 0, 10)).toMatchObject({ ranges: [], never: false });
    expect(forms.within(index, 10, 20).never).toBe(true);
    expect(forms.within(index, 2, 10).ranges).toHaveLength(1);
  });
});
