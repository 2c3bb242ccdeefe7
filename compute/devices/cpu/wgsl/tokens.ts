/** Splits WGSL text into names, numbers and signs. */

export interface Token {
  readonly kind: 'name' | 'number' | 'sign';
  readonly text: string;
}

const pattern =
  /\s*(?:\/\/[^\n]*\s*)*(?:([A-Za-z_][A-Za-z0-9_]*)|(0[xX][0-9a-fA-F]+[iu]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fiu]?)|(<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|[-+*/%&|^]=|[-+*/%&|^!<>=(){}[\],;:~.]))/y;

/** The tokens in order; null where a character belongs to none. */
export function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const found = pattern.exec(text);
    if (!found) return null;
    const [, name, number, sign] = found;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}
