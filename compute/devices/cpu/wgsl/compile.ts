/**
 * Elementwise operations as four-lane WebAssembly, from the WGSL text that is their one description. The text is parsed once
 * for an operation and its operands' types.
 */
import type { Attributes, DataType, ElementwiseOperation } from '../../../graph/tensor';
import type { Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { Compilation, givenLanes, type Functions, type Scope } from './compilation';
import { parseExpression, parseFunctions, parseStatements } from './parser';
import { WgslError, type ScalarType } from './syntax';

export interface ElementwiseCode {
  /** Whether the result depends on where the element stands. */
  readonly usesIndex: boolean;
  /**
   * An expression for four elements, to be put in one place (it is no local). The operands, and where it is used the row-major index of
   * each element as lanes of whole numbers, may stand in several places: locals or constants. Lanes of u8 are whole numbers 0 … 255.
   */
  readonly write: (writer: FunctionWriter, operands: readonly Vector[], linearIndex: Vector | null) => Vector;
}

const names = ['a', 'b', 'c'] as const;
const nameOf = (place: number, count: number): string => (place < count ? (names[place] ?? '') : '');
const INDEX = 'linearIndex';
const laneTypes: Readonly<Record<DataType, ScalarType>> = { f32: 'f32', i32: 'i32', u8: 'u32' };

/** What was compiled before, by operation and then by types and text. */
const compiled = new WeakMap<ElementwiseOperation<never>, Map<string, ElementwiseCode>>();

/** Throws an Error that names the operation where its text lies outside of the subset, at the latest when it is written. */
export function compileElementwise(
  operation: ElementwiseOperation<never>,
  inputs: readonly DataType[],
  attributes: Attributes,
): ElementwiseCode {
  const count = inputs.length;
  const operands = [nameOf(0, count), nameOf(1, count), nameOf(2, count)] as const;
  // The tensor was built with these attributes, so they are those that the operation takes.
  const text = operation.wgsl(operands, attributes as never, INDEX);
  const key = [...inputs, text].join(' ');
  const own = compiled.get(operation) ?? new Map<string, ElementwiseCode>();
  compiled.set(operation, own);
  const code = own.get(key) ?? compileText(operation.name, text, inputs, Object.values(operation.wgslFunctions ?? {}).join('\n'));
  own.set(key, code);
  return code;
}

const functionsOf = (text: string): Functions => new Map(parseFunctions(text).map((one) => [one.name, one]));

function naming<T>(operation: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof WgslError) throw new Error(`the CPU device cannot compile ${operation}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * A WGSL expression of the operands a, b and c of these types, and of the functions' text. `operation` is named where the text lies
 * outside of the subset, which throws an Error.
 */
export function compileText(operation: string, text: string, inputs: readonly DataType[], functionsText = ''): ElementwiseCode {
  const { syntax, functions } = naming(operation, () => ({ syntax: parseExpression(text), functions: functionsOf(functionsText) }));
  return {
    usesIndex: new RegExp(`\\b${INDEX}\\b`).test(text),
    write: (writer, operands, linearIndex) =>
      naming(operation, () => {
        const scope: Scope = new Map();
        if (linearIndex) scope.set(INDEX, givenLanes('u32', linearIndex, true));
        inputs.forEach((input, place) => {
          const vector = operands[place];
          if (!vector) throw new WgslError(`operand ${String(place)} is missing`);
          scope.set(nameOf(place, inputs.length), givenLanes(laneTypes[input], vector, input === 'u8'));
        });
        const value = new Compilation(writer, functions).expression(syntax, scope);
        if (value.type !== 'f32' && value.type !== 'i32') throw new WgslError(`its text gives ${String(value.type)}`);
        return value.vector;
      }),
  };
}

/**
 * WGSL statements that declare names, over f32 names that are given (locals or constants), with the functions' text. Gives the value of each
 * declared name. `owner` is named where the text lies outside of the subset, which throws an Error.
 */
export function compileStatements(
  owner: string,
  text: string,
  functionsText: string,
): (writer: FunctionWriter, given: ReadonlyMap<string, Vector>) => (name: string) => Vector {
  const { statements, functions } = naming(owner, () => ({ statements: parseStatements(text), functions: functionsOf(functionsText) }));
  return (writer, given) => {
    const scope: Scope = new Map([...given].map(([name, vector]) => [name, givenLanes('f32', vector)]));
    naming(owner, () => new Compilation(writer, functions).statements(statements, scope));
    return (name) => {
      const value = scope.get(name);
      if (value?.type !== 'f32') throw new Error(`${owner} declares no f32 ${name}`);
      return value.vector;
    };
  };
}
