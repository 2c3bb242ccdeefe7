import { describe, expect, test } from 'vitest';
import { parseExpression, type Expression } from './expression';

/** A tree as text with all parentheses. */
const shown = (expression: Expression): string => {
  if (expression.kind === 'number') return String(expression.value);
  if (expression.kind === 'input') return 'xyz'[expression.input] ?? '?';
  return `${expression.name}(${expression.operands.map(shown).join(', ')})`;
};
const tree = (text: string, inputs = 3): string => {
  const outcome = parseExpression(text, inputs);
  return outcome.ok ? shown(outcome.value) : outcome.problem.code;
};

test.each([
  ['x + y * z', 'add(x, multiply(y, z))'],
  ['x - y - z', 'subtract(subtract(x, y), z)'],
  ['x ^ y ^ z', 'power(x, power(y, z))'],
  ['-x^2', 'negate(power(x, 2))'],
  ['x^-2', 'power(x, -2)'],
  ['2 * -x', 'multiply(2, negate(x))'],
  ['-x * y', 'multiply(negate(x), y)'],
  ['(x + y) / z', 'divide(add(x, y), z)'],
  [' max( x , min(y,1e-3) ) ', 'max(x, min(y, 0.001))'],
  ['x · y − z', 'subtract(multiply(x, y), z)'],
  ['x + 2 * 3 ^ 2', 'add(x, 18)'],
  ['.5x'.replace('x', '*x'), 'multiply(0.5, x)'],
])('%s is %s', (text, expected) => {
  expect(tree(text)).toBe(expected);
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['', 'expression-empty', {}],
    ['x +', 'expression-unexpected', { position: 4, found: 'the end' }],
    ['x + * y', 'expression-unexpected', { position: 5, found: '*' }],
    ['(x + 1', 'expression-unexpected', { position: 7, expected: ')' }],
    ['x 2', 'expression-unexpected', { position: 3, found: '2' }],
    ['x & y', 'expression-unexpected', { position: 3, found: '&' }],
    ['alert(x)', 'expression-name', { position: 1, name: 'alert' }],
    ['x.constructor', 'expression-unexpected', { position: 2, found: '.' }],
    ['constructor', 'expression-name', { name: 'constructor' }],
    ['add(x, y)', 'expression-name', { name: 'add' }],
    ['min(x)', 'expression-operands', { position: 1, expected: 2, actual: 1 }],
    ['x + y', 'expression-input', { position: 5, name: 'y', inputs: 1 }],
    ['x + 1 / 0', 'expression-number', { position: 7 }],
    ['x + log(0 - 1)', 'expression-number', { position: 5 }],
    ['2 + pi', 'expression-constant', {}],
  ])('%s: %s', (text, code, values) => {
    const outcome = parseExpression(text, 1);
    expect(outcome.ok ? null : outcome.problem).toMatchObject({ code: `network.${code}`, parameter: 'formula', values });
  });
});

test('a deep formula is read, not run out of stack', () => {
  expect(tree(`${'('.repeat(249)}x${')'.repeat(249)}`)).toBe('x');
});
