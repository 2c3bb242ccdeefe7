/**
 * Parses the part of WGSL that elementwise operations are written in: scalar expressions, functions, let, var, assignments,
 * and loops whose numbers of turns are written out. Grammar: WGSL specification, "Grammar for recursive descent parsing".
 */
import { WgslError, type BinaryOperator, type ScalarType, type Statement, type Syntax, type WgslFunction } from './syntax';
import { tokensOf, type Token } from './tokens';

/** From the loosest to the tightest. WGSL wants parentheses where some of them meet; here the order of C holds. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const suffixes: Readonly<Record<string, ScalarType>> = { f: 'f32', i: 'i32', u: 'u32' };

/** Turns that are unrolled. */
const MAXIMUM_TURNS = 64;

function numberOf(text: string): Syntax {
  if (/^0[xX]/.test(text)) {
    const suffix = /[iu]$/.exec(text)?.[0];
    return { kind: 'number', value: Number(suffix ? text.slice(0, -1) : text), type: suffix ? (suffixes[suffix] ?? null) : null };
  }
  const suffix = /[fiu]$/.exec(text)?.[0];
  const value = Number(suffix ? text.slice(0, -1) : text);
  const type = suffix ? (suffixes[suffix] ?? null) : /[.eE]/.test(text) ? 'f32' : null;
  return { kind: 'number', value: type === 'f32' ? Math.fround(value) : value, type };
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #place = 0;

  constructor(text: string) {
    const tokens = tokensOf(text);
    if (!tokens) throw new WgslError(`a character that the subset does not have in: ${text}`);
    this.#tokens = tokens;
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#place >= this.#tokens.length;
  }

  fail(expected: string): never {
    const found = this.#tokens[this.#place]?.text ?? 'the end';
    throw new WgslError(`expected ${expected}, found ${found}, in: ${this.#text}`);
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#place]?.text !== text) return false;
    this.#place++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.fail(text);
  }

  #name(): string {
    const token = this.#tokens[this.#place];
    if (token?.kind !== 'name') this.fail('a name');
    this.#place++;
    return token.text;
  }

  expression(level = 0): Syntax {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.expression(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.#take(one));
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.expression(level + 1) };
    }
  }

  #unary(): Syntax {
    for (const operator of ['-', '!', '~'] as const) if (this.#take(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    return this.#primary();
  }

  #list(end: string): Syntax[] {
    const values: Syntax[] = [];
    while (!this.#take(end)) {
      values.push(this.expression());
      if (!this.#take(',')) {
        this.#expect(end);
        break;
      }
    }
    return values;
  }

  #primary(): Syntax {
    const token = this.#tokens[this.#place];
    if (token?.kind === 'number') {
      this.#place++;
      return numberOf(token.text);
    }
    if (this.#take('(')) {
      const inner = this.expression();
      this.#expect(')');
      return inner;
    }
    const name = this.#name();
    if (name === 'array') {
      this.#expect('<');
      this.#name();
      this.#expect(',');
      this.#place++; // How many there are is seen from the list.
      this.#expect('>');
      this.#expect('(');
      const array = this.#list(')');
      this.#expect('[');
      const index = this.expression();
      this.#expect(']');
      return { kind: 'index', array, index };
    }
    let target: string | null = null;
    if (name === 'bitcast') {
      this.#expect('<');
      target = this.#name();
      this.#expect('>');
      if (this.#tokens[this.#place]?.text !== '(') this.fail('(');
    }
    return this.#take('(') ? { kind: 'call', name, target, values: this.#list(')') } : { kind: 'name', name };
  }

  /** A whole number that is written out, with its type. */
  #bound(): { value: number; type: ScalarType } {
    const bound = this.#primary();
    if (bound.kind !== 'number' || bound.type === 'f32') this.fail('a whole number as bound of the loop');
    return { value: bound.value, type: bound.type ?? 'i32' };
  }

  /** `for (var i = A; i < B; i++)` or `i += C`. */
  #loop(): Statement {
    this.#expect('(');
    this.#expect('var');
    const variable = this.#name();
    this.#expect('=');
    const { value: from, type } = this.#bound();
    this.#expect(';');
    if (this.#name() !== variable) this.fail(`a test of ${variable}`);
    this.#expect('<');
    const limit = this.#bound().value;
    this.#expect(';');
    if (this.#name() !== variable) this.fail(`a step of ${variable}`);
    let step = 1;
    if (!this.#take('++')) {
      this.#expect('+=');
      step = this.#bound().value;
    }
    this.#expect(')');
    const count = step > 0 ? Math.max(0, Math.ceil((limit - from) / step)) : Infinity;
    if (count > MAXIMUM_TURNS) this.fail(`a loop of at most ${String(MAXIMUM_TURNS)} turns`);
    return { kind: 'for', variable, type, turns: Array.from({ length: count }, (_, turn) => from + turn * step), body: this.block() };
  }

  statement(): Statement {
    if (this.#take('for')) return this.#loop();
    let statement: Statement;
    if (this.#take('return')) statement = { kind: 'return', value: this.expression() };
    else {
      const variable = this.#take('var');
      const declared = variable || this.#take('let');
      const name = this.#name();
      if (declared) {
        if (this.#take(':')) this.#name();
        this.#expect('=');
        statement = { kind: 'declare', name, value: this.expression(), variable };
      } else {
        const own: Syntax = { kind: 'name', name };
        if (this.#take('=')) statement = { kind: 'assign', name, value: this.expression() };
        else {
          const operator = (['+', '-', '*', '/', '%', '&', '|', '^'] as const).find((one) => this.#take(`${one}=`));
          if (!operator) this.fail('an assignment');
          statement = { kind: 'assign', name, value: { kind: 'binary', operator, left: own, right: this.expression() } };
        }
      }
    }
    this.#expect(';');
    return statement;
  }

  block(): Statement[] {
    this.#expect('{');
    const statements: Statement[] = [];
    while (!this.#take('}')) statements.push(this.statement());
    return statements;
  }

  function(): WgslFunction {
    this.#expect('fn');
    const name = this.#name();
    this.#expect('(');
    const parameters: { name: string; type: string }[] = [];
    while (!this.#take(')')) {
      const parameter = this.#name();
      this.#expect(':');
      parameters.push({ name: parameter, type: this.#name() });
      if (!this.#take(',')) {
        this.#expect(')');
        break;
      }
    }
    this.#expect('->');
    return { name, parameters, result: this.#name(), body: this.block() };
  }
}

/** One expression; throws a WgslError that says what was expected. */
export function parseExpression(text: string): Syntax {
  const parser = new Parser(text);
  const expression = parser.expression();
  if (!parser.atEnd) parser.fail('the end');
  return expression;
}

export function parseStatements(text: string): Statement[] {
  const parser = new Parser(text);
  const statements: Statement[] = [];
  while (!parser.atEnd) statements.push(parser.statement());
  return statements;
}

export function parseFunctions(text: string): WgslFunction[] {
  const parser = new Parser(text);
  const functions: WgslFunction[] = [];
  while (!parser.atEnd) functions.push(parser.function());
  return functions;
}
