/**
 * Connecting by keyboard: from which node, to which of the others, in which order they come. Pure; the canvas draws it
 * and says it.
 */
export interface KeyboardConnection {
  readonly from: string;
  /** The nodes that may take the connection, nearest first in reading order after `from`. */
  readonly candidates: readonly string[];
  readonly index: number;
}

/** Null where nothing can take the output. `order` is the reading order of all nodes. */
export function startConnection(order: readonly string[], from: string, allowed: (to: string) => boolean): KeyboardConnection | null {
  const here = order.indexOf(from);
  const candidates = [...order.slice(here + 1), ...order.slice(0, Math.max(0, here))].filter(allowed);
  return candidates.length === 0 ? null : { from, candidates, index: 0 };
}

/** The next or the previous candidate, around the ends. */
export const stepConnection = (connection: KeyboardConnection, by: 1 | -1): KeyboardConnection => ({
  ...connection,
  index: (connection.index + by + connection.candidates.length) % connection.candidates.length,
});

export const targetOf = (connection: KeyboardConnection): string | null => connection.candidates[connection.index] ?? null;
