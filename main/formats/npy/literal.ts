/** Literals of Python as text: strings, whole numbers, truth values, None, tuples, lists, dictionaries. Nothing is evaluated. */

export type Literal =
  | string
  | number
  | boolean
  | null
  /** A tuple or a list. */
  | { readonly kind: 'sequence'; readonly items: readonly Literal[] }
  | { readonly kind: 'dictionary'; readonly entries: ReadonlyMap<string, Literal> };

const deepest = 8;

/** Undefined for a text that is not one literal (spaces around it allowed), or one nested more than eight deep. */
export function parseLiteral(text: string): Literal | undefined {
  const tokens = text.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|-?\d{1,16}L?|True|False|None|[()[\]{},:]|\S/g) ?? [];
  let at = 0;

  const parseItems = (close: string, depth: number): Literal | undefined => {
    const items: Literal[] = [];
    while (tokens[at] !== close) {
      const item = parse(depth);
      if (item === undefined) return undefined;
      items.push(item);
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== close) return undefined;
    }
    at++;
    return { kind: 'sequence', items };
  };

  const parseEntries = (depth: number): Literal | undefined => {
    const entries = new Map<string, Literal>();
    while (tokens[at] !== '}') {
      const key = parse(depth);
      if (typeof key !== 'string' || entries.has(key) || tokens[at++] !== ':') return undefined;
      const value = parse(depth);
      if (value === undefined) return undefined;
      entries.set(key, value);
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== '}') return undefined;
    }
    at++;
    return { kind: 'dictionary', entries };
  };

  const parse = (depth: number): Literal | undefined => {
    const token = tokens[at++];
    if (token === undefined || depth > deepest) return undefined;
    if (token === 'True' || token === 'False') return token === 'True';
    if (token === 'None') return null;
    if (token === '(') return parseItems(')', depth + 1);
    if (token === '[') return parseItems(']', depth + 1);
    if (token === '{') return parseEntries(depth + 1);
    if (/^-?\d/.test(token)) return Number(token.replace('L', ''));
    if (token.length > 1 && /^['"]/.test(token)) return token.slice(1, -1).replace(/\\(.)/g, '$1');
    return undefined;
  };

  const literal = parse(0);
  return at === tokens.length ? literal : undefined;
}
