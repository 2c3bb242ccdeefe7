/** Writes parsed WGSL as instructions: functions are inlined, loops unrolled, and a variable is its latest value. */
import type { Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { builtIns } from './built-ins';
import { binaryLanes, chosenLanes, computedLanes, constantLanes, convertedLanes, keptLanes, typed, unaryLanes, type Lanes } from './lanes';
import { WgslError, type ScalarType, type Statement, type Syntax, type WgslFunction } from './syntax';

export type Functions = ReadonlyMap<string, WgslFunction>;
export type Scope = Map<string, Lanes>;

/** `Lanes` is what the cells of recurrences call their numbers. */
const types: Readonly<Record<string, ScalarType | 'bool'>> = { f32: 'f32', i32: 'i32', u32: 'u32', bool: 'bool', Lanes: 'f32' };

/** Deeper calls are taken for recursion, which WGSL does not have either. */
const MAXIMUM_DEPTH = 16;

export class Compilation {
  readonly #writer: FunctionWriter;
  readonly #functions: Functions;
  #depth = 0;

  constructor(writer: FunctionWriter, functions: Functions) {
    this.#writer = writer;
    this.#functions = functions;
  }

  expression(syntax: Syntax, scope: Scope): Lanes {
    switch (syntax.kind) {
      case 'number':
        return constantLanes(syntax.value, syntax.type);
      case 'name': {
        const known = scope.get(syntax.name);
        if (!known) throw new WgslError(`nothing is called ${syntax.name}`);
        return known;
      }
      case 'unary':
        return unaryLanes(syntax.operator, this.expression(syntax.operand, scope));
      case 'binary':
        return binaryLanes(this.#writer, syntax.operator, this.expression(syntax.left, scope), this.expression(syntax.right, scope));
      case 'index': {
        const values = syntax.array.map((value) => this.expression(value, scope));
        return chosenLanes(this.#writer, values, this.expression(syntax.index, scope));
      }
      case 'call':
        return this.#call(
          syntax.name,
          syntax.target,
          syntax.values.map((value) => this.expression(value, scope)),
        );
    }
  }

  #call(name: string, target: string | null, values: readonly Lanes[]): Lanes {
    const [first] = values;
    if (target !== null) {
      const type = types[target];
      if (!first || type === undefined || type === 'bool') throw new WgslError(`bitcast to ${target}`);
      return { ...computedLanes(type, typed(first, 'i32').vector), cheap: first.cheap };
    }
    const type = types[name];
    if (type !== undefined && type !== 'bool' && first && values.length === 1) return convertedLanes(first, type);
    const builtIn = builtIns.get(name);
    if (builtIn) return builtIn(this.#writer, values);
    const known = this.#functions.get(name);
    if (!known) throw new WgslError(`the subset has no function ${name}`);
    return this.#inlined(known, values);
  }

  #inlined({ name, parameters, result, body }: WgslFunction, values: readonly Lanes[]): Lanes {
    if (values.length !== parameters.length || this.#depth > MAXIMUM_DEPTH) throw new WgslError(`a call of ${name} that does not fit it`);
    const scope: Scope = new Map();
    parameters.forEach((parameter, place) => {
      const value = values[place];
      const type = types[parameter.type];
      if (!value || type === undefined) throw new WgslError(`${name} takes ${parameter.type}`);
      const given = typed(value, type);
      if (given.type !== type) throw new WgslError(`${name} takes ${parameter.type} as ${parameter.name}, not ${String(given.type)}`);
      scope.set(parameter.name, keptLanes(this.#writer, given));
    });
    this.#depth++;
    const returned = this.statements(body, scope);
    this.#depth--;
    const type = types[result];
    const value = returned && type !== undefined ? typed(returned, type) : null;
    if (!value || value.type !== type) throw new WgslError(`${name} returns no ${result}`);
    return value;
  }

  /** Gives what is returned, which only the last statement may do; names that are declared are left in the scope. */
  statements(statements: readonly Statement[], scope: Scope): Lanes | null {
    for (const [place, statement] of statements.entries()) {
      switch (statement.kind) {
        case 'return':
          if (place < statements.length - 1) throw new WgslError('return before the end of a function');
          return this.expression(statement.value, scope);
        case 'declare':
          scope.set(statement.name, this.#kept(statement.value, scope));
          break;
        case 'assign': {
          const before = scope.get(statement.name);
          if (!before) throw new WgslError(`nothing is called ${statement.name}`);
          const value = typed(this.#kept(statement.value, scope), before.type);
          if (value.type !== before.type) throw new WgslError(`${statement.name} is ${String(before.type)}, not ${String(value.type)}`);
          scope.set(statement.name, value);
          break;
        }
        case 'for':
          for (const turn of statement.turns) this.#turn(statement, constantLanes(turn, statement.type), scope);
          break;
      }
    }
    return null;
  }

  /** What is declared in the loop ends with the turn; what is assigned to names outside stays. */
  #turn({ variable, body }: { readonly variable: string; readonly body: readonly Statement[] }, value: Lanes, scope: Scope): void {
    const inner = new Map(scope).set(variable, value);
    const declared = new Set([variable, ...body.flatMap((statement) => (statement.kind === 'declare' ? [statement.name] : []))]);
    if (this.statements(body, inner)) throw new WgslError('return within a loop');
    for (const name of scope.keys()) {
      const latest = inner.get(name);
      if (latest && !declared.has(name)) scope.set(name, latest);
    }
  }

  /** A whole number without a type is an i32 once it has a name. */
  #kept(syntax: Syntax, scope: Scope): Lanes {
    return keptLanes(this.#writer, typed(this.expression(syntax, scope), 'i32'));
  }
}

/** Lanes that may stand in several places: the vector must be a local or a constant. */
export const givenLanes = (type: ScalarType, vector: Vector, natural = false): Lanes => ({
  ...computedLanes(type, vector, natural),
  cheap: true,
});
