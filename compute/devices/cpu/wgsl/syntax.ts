/** What the parser makes of the WGSL that elementwise operations are written in. */

export type ScalarType = 'f32' | 'i32' | 'u32';

export type BinaryOperator =
  '||' | '&&' | '|' | '^' | '&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '<<' | '>>' | '+' | '-' | '*' | '/' | '%';

export type Syntax =
  /** A whole number without a suffix has no type yet: it takes that of its neighbour. */
  | { readonly kind: 'number'; readonly value: number; readonly type: ScalarType | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '-' | '!' | '~'; readonly operand: Syntax }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax }
  /** `target` is the type of a bitcast. */
  | { readonly kind: 'call'; readonly name: string; readonly target: string | null; readonly values: readonly Syntax[] }
  | { readonly kind: 'index'; readonly array: readonly Syntax[]; readonly index: Syntax };

export type Statement =
  | { readonly kind: 'declare'; readonly name: string; readonly value: Syntax; readonly variable: boolean }
  | { readonly kind: 'assign'; readonly name: string; readonly value: Syntax }
  /** `variable` takes each of the values in turn. */
  | {
      readonly kind: 'for';
      readonly variable: string;
      readonly type: ScalarType;
      readonly turns: readonly number[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'return'; readonly value: Syntax };

export interface WgslFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly result: string;
  readonly body: readonly Statement[];
}

/** Text that the subset does not have, or that is wrong. */
export class WgslError extends Error {
  override readonly name = 'WgslError';
}
