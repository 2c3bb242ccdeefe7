/** Names for classes that have only numbers. */
export const classNames = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));
