/**
 * Index arithmetic over sums of terms with known ranges. Quotients and remainders that the ranges decide vanish, so that
 * chains of reshapes and permutations mostly come out as plain sums. It knows no WGSL beyond names.
 */
import type { IndexAlgebra, Shape } from '../graph/tensor';

/** A whole number that a kernel knows under a name, or a quotient or remainder of a form. */
export interface Atom {
  readonly key: string;
  /** Exclusive; the least value is 0. */
  readonly limit: number;
  /** Number of loops that it changes with: 0 outside of all. */
  readonly depth: number;
  readonly made: { readonly operation: 'divide' | 'modulo'; readonly of: Form; readonly by: number } | null;
}

/** Σ coefficient · atom + constant. */
export interface Form {
  readonly kind: 'form';
  readonly terms: ReadonlyMap<Atom, number>;
  readonly constant: number;
}

/** All of: minimum ≤ form < limit. Empty is true. */
export interface Condition {
  readonly kind: 'condition';
  readonly ranges: readonly { readonly form: Form; readonly minimum: number; readonly limit: number }[];
  /** Some range is empty. */
  readonly never: boolean;
}

export type Index = Form | Condition;

export const formKey = ({ terms, constant }: Form): string =>
  [...terms]
    .map(([atom, coefficient]) => `${String(coefficient)}*${atom.key}`)
    .sort()
    .concat(String(constant))
    .join('+');

export const depthOf = ({ terms }: Form): number => Math.max(0, ...[...terms.keys()].map((atom) => atom.depth));

const bounds = ({ terms, constant }: Form): readonly [number, number] => {
  let least = constant;
  let greatest = constant;
  for (const [{ limit }, coefficient] of terms) {
    if (coefficient > 0) greatest += coefficient * (limit - 1);
    else least += coefficient * (limit - 1);
  }
  return [least, greatest];
};

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b));
const modulus = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

/** Makes and keeps the atoms of one kernel: equal ones are one object. */
export class IndexForms implements IndexAlgebra<Index> {
  readonly #atoms = new Map<string, Atom>();

  /** A named number in [0, limit). One that can only be 0 is the constant 0. */
  variable(name: string, limit: number, depth = 0): Form {
    if (limit <= 1) return this.constant(0);
    return { kind: 'form', terms: new Map([[this.#atom({ key: name, limit, depth, made: null }), 1]]), constant: 0 };
  }

  constant(value: number): Form {
    return { kind: 'form', terms: new Map(), constant: value };
  }

  add(a: Index, b: Index): Form {
    return this.#sum(asForm(a), asForm(b), 1);
  }

  subtract(a: Index, b: Index): Form {
    return this.#sum(asForm(a), asForm(b), -1);
  }

  multiply(a: Index, factor: number): Form {
    const form = asForm(a);
    if (factor === 0) return this.constant(0);
    return {
      kind: 'form',
      terms: new Map([...form.terms].map(([atom, coefficient]) => [atom, coefficient * factor])),
      constant: form.constant * factor,
    };
  }

  divide(a: Index, divisor: number): Form {
    const form = asForm(a);
    if (divisor === 1) return form;
    const { quotient, rest } = this.#split(form, divisor);
    return this.#sum(quotient, this.#divideRest(rest, divisor), 1);
  }

  modulo(a: Index, divisor: number): Form {
    if (divisor === 1) return this.constant(0);
    const { rest } = this.#split(asForm(a), divisor);
    const [, greatest] = bounds(rest);
    if (greatest < divisor) return rest;
    // g·f + c with 0 ≤ c < g and g a divisor of the divisor: the remainder is g·(f mod divisor/g) + c.
    const { common, scaled, offset } = this.#scaledDown(rest, divisor);
    if (common > 1) return this.#sum(this.multiply(this.modulo(scaled, divisor / common), common), this.constant(offset), 1);
    return this.#made('modulo', rest, divisor);
  }

  within(a: Index, minimum: number, limit: number): Condition {
    const form = asForm(a);
    const [least, greatest] = bounds(form);
    if (least >= minimum && greatest < limit) return { kind: 'condition', ranges: [], never: false };
    return { kind: 'condition', ranges: [{ form, minimum, limit }], never: least >= limit || greatest < minimum };
  }

  and(a: Index, b: Index): Condition {
    const [first, second] = [asCondition(a), asCondition(b)];
    return { kind: 'condition', ranges: [...first.ranges, ...second.ranges], never: first.never || second.never };
  }

  /** One form an axis of `shape`, from the row-major number of an element. */
  unravel(linear: Form, shape: Shape): Form[] {
    let rest = linear;
    const result: Form[] = [];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      result.unshift(axis === 0 ? rest : this.modulo(rest, size));
      rest = this.divide(rest, size);
    }
    return result;
  }

  /** Row-major number of the element of `shape`. */
  ravel(index: readonly Form[], shape: Shape): Form {
    let result = this.constant(0);
    shape.forEach((size, axis) => {
      result = this.#sum(this.multiply(result, size), index[axis] ?? this.constant(0), 1);
    });
    return result;
  }

  #atom(atom: Atom): Atom {
    const known = this.#atoms.get(atom.key);
    if (known) return known;
    this.#atoms.set(atom.key, atom);
    return atom;
  }

  #made(operation: 'divide' | 'modulo', of: Form, by: number): Form {
    const [, greatest] = bounds(of);
    const limit = operation === 'divide' ? Math.floor(greatest / by) + 1 : Math.min(by, greatest + 1);
    const key = `(${formKey(of)})${operation === 'divide' ? '/' : '%'}${String(by)}`;
    return {
      kind: 'form',
      terms: new Map([[this.#atom({ key, limit, depth: depthOf(of), made: { operation, of, by } }), 1]]),
      constant: 0,
    };
  }

  /** form = divisor · quotient + rest, with a rest that is never negative. */
  #split(form: Form, divisor: number): { quotient: Form; rest: Form } {
    const whole = new Map<Atom, number>();
    const left = new Map<Atom, number>();
    for (const [atom, coefficient] of form.terms) {
      if (coefficient % divisor === 0) whole.set(atom, coefficient / divisor);
      else left.set(atom, coefficient);
    }
    const constant = modulus(form.constant, divisor);
    const [least] = bounds({ kind: 'form', terms: left, constant });
    const lift = least < 0 ? Math.ceil(-least / divisor) : 0;
    return {
      quotient: { kind: 'form', terms: whole, constant: (form.constant - constant) / divisor - lift },
      rest: { kind: 'form', terms: left, constant: constant + lift * divisor },
    };
  }

  #scaledDown(form: Form, divisor: number): { common: number; scaled: Form; offset: number } {
    const common = [...form.terms.values()].reduce(greatestCommonDivisor, divisor);
    const offset = modulus(form.constant, common);
    const scaled: Form = {
      kind: 'form',
      terms: new Map([...form.terms].map(([atom, coefficient]) => [atom, coefficient / common])),
      constant: (form.constant - offset) / common,
    };
    return { common, scaled, offset };
  }

  #divideRest(rest: Form, divisor: number): Form {
    const [, greatest] = bounds(rest);
    if (greatest < divisor) return this.constant(0);
    const { common, scaled } = this.#scaledDown(rest, divisor);
    if (common > 1) return this.divide(scaled, divisor / common);
    const [only] = rest.terms;
    if (rest.terms.size === 1 && rest.constant === 0 && only?.[1] === 1 && only[0].made?.operation === 'divide') {
      return this.divide(only[0].made.of, only[0].made.by * divisor);
    }
    return this.#made('divide', rest, divisor);
  }

  #sum(a: Form, b: Form, sign: 1 | -1): Form {
    const terms = new Map(a.terms);
    for (const [atom, coefficient] of b.terms) {
      const sum = (terms.get(atom) ?? 0) + sign * coefficient;
      if (sum === 0) terms.delete(atom);
      else terms.set(atom, sum);
    }
    return this.#recombine({ kind: 'form', terms, constant: a.constant + sign * b.constant });
  }

  /** c·(f mod d) + c·d·⌊f / d⌋ = c·f. */
  #recombine(form: Form): Form {
    for (const [atom, coefficient] of form.terms) {
      if (atom.made?.operation !== 'modulo') continue;
      const { of, by } = atom.made;
      const quotient = this.divide(of, by);
      if (quotient.constant !== 0 || quotient.terms.size === 0) continue;
      const present = [...quotient.terms].every(([other, factor]) => form.terms.get(other) === factor * coefficient * by);
      if (!present) continue;
      const terms = new Map(form.terms);
      terms.delete(atom);
      for (const other of quotient.terms.keys()) terms.delete(other);
      return this.#sum({ kind: 'form', terms, constant: form.constant }, this.multiply(of, coefficient), 1);
    }
    return form;
  }
}

export function asForm(index: Index): Form {
  if (index.kind !== 'form') throw new TypeError('a condition stands where an index is expected');
  return index;
}

export function asCondition(index: Index): Condition {
  if (index.kind !== 'condition') throw new TypeError('an index stands where a condition is expected');
  return index;
}
