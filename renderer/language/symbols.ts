/** Symbols and classes as they can be seen: white space gets a sign, a sequence becomes a text. Pure. */
const signs: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\r': '↵', '\t': '⇥', '\u00a0': '␣' };

/** The symbol, or a sign for one that would be invisible. */
export const visibleSymbol = (symbol: string): string => signs[symbol] ?? symbol;

/** How many characters wide it stands. */
export const charactersOf = (symbol: string): number => Array.from(symbol).length;

/** Tokens in one line, spaces as they are: single characters side by side, longer symbols apart; a number where none is known. */
export function sequenceText(tokens: ArrayLike<number>, symbols: readonly string[]): string {
  const names = Array.from(tokens, (token) => symbols[token] ?? String(token)).map((name) => (name === ' ' ? name : visibleSymbol(name)));
  return names.join(names.every((name) => charactersOf(name) === 1) ? '' : ' ');
}
