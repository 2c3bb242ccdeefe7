/** Messages as nested plain objects: merging files into one language, and making plain text safe for the compiler of messages. */
export interface Messages {
  [key: string]: string | Messages;
}

/** Merges the second into the first, deeply; the second wins. Neither is changed. */
export function mergeMessages(first: Messages, second: Messages): Messages {
  const merged: Messages = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const present = merged[key];
    merged[key] = typeof value === 'string' || typeof present !== 'object' ? value : mergeMessages(present, value);
  }
  return merged;
}

/** Text that is to be shown as it stands: what the compiler would take for a placeholder, link or plural is quoted. */
export const literalMessage = (text: string): string => text.replace(/[{}@|]/g, (character) => `{'${character}'}`);
