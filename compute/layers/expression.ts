/**
 * Formulas as a person writes them, read into a tree: numbers, the inputs x, y, z, + − * / ^, parentheses and named
 * functions. Nothing is ever evaluated as code. What the functions mean is expression-functions.ts.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { constants, functions, inputNames } from './expression-functions';

/** `position` is where it begins in the text, counted from 1. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly position: number }
  | { readonly kind: 'input'; readonly input: number; readonly position: number }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[]; readonly position: number };

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly position: number;
}

class ExpressionError extends Error {
  constructor(
    readonly code: string,
    readonly values: Readonly<Record<string, string | number>>,
  ) {
    super(code);
  }
}

const tokenPattern = /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z]\w*)|([-+*/^(),−·×]))/y;
/** Signs that people write for others. */
const sameSigns: ReadonlyMap<string, string> = new Map([
  ['−', '-'],
  ['·', '*'],
  ['×', '*'],
]);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let place = 0;
  while (place < end) {
    tokenPattern.lastIndex = place;
    const found = tokenPattern.exec(text);
    const [whole = '', number, name, sign] = found ?? [];
    const content = number ?? name ?? sign;
    if (found === null || content === undefined) {
      const position = place + (/\S/.exec(text.slice(place))?.index ?? 0);
      throw new ExpressionError('expression-unexpected', {
        position: position + 1,
        found: text[position] ?? '',
        expected: 'a number, a name or a sign',
      });
    }
    place += whole.length;
    const kind = number === undefined ? (name === undefined ? 'sign' : 'name') : 'number';
    tokens.push({ kind, text: sameSigns.get(content) ?? content, position: place - content.length + 1 });
  }
  return [...tokens, { kind: 'end', text: 'the end', position: text.length + 1 }];
}

/** How strongly an operator binds, and on which side a second one of its kind stands; a minus in front binds as tightly as a product. */
const operators: ReadonlyMap<string, { readonly name: string; readonly strength: number; readonly right?: boolean }> = new Map([
  ['+', { name: 'add', strength: 1 }],
  ['-', { name: 'subtract', strength: 1 }],
  ['*', { name: 'multiply', strength: 2 }],
  ['/', { name: 'divide', strength: 2 }],
  ['^', { name: 'power', strength: 4, right: true }],
]);
const signStrength = 3;

/** Operator precedence by binding strength (Pratt, 1973). */
function read(tokens: readonly Token[]): Expression {
  let next = 0;
  const end: Token = { kind: 'end', text: 'the end', position: 1 };
  const peek = (): Token => tokens[next] ?? tokens.at(-1) ?? end;
  const take = (): Token => {
    const token = peek();
    next++;
    return token;
  };
  const unexpected = (token: Token, expected: string): never => {
    throw new ExpressionError('expression-unexpected', { position: token.position, found: token.text, expected });
  };
  const expect = (text: string): void => {
    const token = take();
    if (token.text !== text || token.kind !== 'sign') unexpected(token, text);
  };

  const named = ({ text, position }: Token): Expression => {
    const input = inputNames.indexOf(text);
    if (input >= 0) return { kind: 'input', input, position };
    const value = constants.get(text);
    if (value !== undefined) return { kind: 'number', value, position };
    const definition = functions.get(text);
    if (definition?.written !== true) {
      const known = [...inputNames, ...constants.keys(), ...[...functions].flatMap(([name, { written }]) => (written ? [name] : []))];
      throw new ExpressionError('expression-name', { name: text, position, known: known.join(', ') });
    }
    expect('(');
    const operands = [expression(0)];
    while (peek().text === ',') {
      take();
      operands.push(expression(0));
    }
    expect(')');
    if (operands.length !== definition.operands)
      throw new ExpressionError('expression-operands', { name: text, position, expected: definition.operands, actual: operands.length });
    return call(text, operands, position);
  };

  const first = (): Expression => {
    const token = take();
    if (token.kind === 'number') return numberAt(Number(token.text), token.position);
    if (token.kind === 'name') return named(token);
    if (token.text === '(') {
      const inner = expression(0);
      expect(')');
      return inner;
    }
    if (token.text === '+') return expression(signStrength);
    if (token.text === '-') return call('negate', [expression(signStrength)], token.position);
    return unexpected(token, 'a number, an input, a function or (');
  };

  function expression(weakest: number): Expression {
    let left = first();
    for (;;) {
      const token = peek();
      const operator = token.kind === 'sign' ? operators.get(token.text) : undefined;
      if (operator === undefined || operator.strength <= weakest) return left;
      take();
      left = call(operator.name, [left, expression(operator.right === true ? operator.strength - 1 : operator.strength)], token.position);
    }
  }

  const whole = expression(0);
  if (peek().kind !== 'end') unexpected(peek(), 'an operator or the end');
  return whole;
}

function numberAt(value: number, position: number): Expression {
  // Also what f32 cannot hold.
  if (!Number.isFinite(Math.fround(value))) throw new ExpressionError('expression-number', { position });
  return { kind: 'number', value, position };
}

/** A call of numbers alone is a number. */
function call(name: string, operands: readonly Expression[], position: number): Expression {
  const values = operands.flatMap((operand) => (operand.kind === 'number' ? [operand.value] : []));
  const definition = functions.get(name);
  if (definition !== undefined && values.length === operands.length) return numberAt(definition.value(...values), position);
  return { kind: 'call', name, operands, position };
}

function checkInputs(expression: Expression, inputs: number): boolean {
  if (expression.kind === 'number') return false;
  if (expression.kind === 'call') return expression.operands.map((operand) => checkInputs(operand, inputs)).includes(true);
  if (expression.input >= inputs) {
    throw new ExpressionError('expression-input', { name: inputNames[expression.input] ?? '', position: expression.position, inputs });
  }
  return true;
}

/**
 * The tree of a formula over so many inputs. Problems: `network.expression-…`, with the position in the text counted from
 * 1, for what cannot be read, unknown names, missing inputs and formulas without any.
 */
export function parseExpression(text: string, inputs: number): Outcome<Expression> {
  try {
    if (text.trim() === '') throw new ExpressionError('expression-empty', {});
    const expression = read(tokensOf(text));
    if (!checkInputs(expression, inputs)) throw new ExpressionError('expression-constant', {});
    return success(expression);
  } catch (error) {
    if (error instanceof ExpressionError) return failure(`network.${error.code}`, error.values, { parameter: 'formula' });
    throw error;
  }
}
