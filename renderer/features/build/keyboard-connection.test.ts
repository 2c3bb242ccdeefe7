import { describe, expect, it } from 'vitest';
import { startConnection, stepConnection, targetOf } from './keyboard-connection';

const order = ['a', 'b', 'c', 'd'];

describe('connecting by keyboard', () => {
  it('offers what is allowed, first what follows in reading order', () => {
    const connection = startConnection(order, 'b', (to) => to !== 'c');
    expect(connection?.candidates).toEqual(['d', 'a']);
    expect(connection && targetOf(connection)).toBe('d');
  });

  it('steps around the ends', () => {
    const connection = startConnection(order, 'a', () => true);
    if (!connection) throw new Error('nothing to connect');
    expect(targetOf(stepConnection(connection, -1))).toBe('d');
    expect(targetOf(stepConnection(stepConnection(stepConnection(connection, 1), 1), 1))).toBe('b');
  });

  it('does not start where nothing can take the output', () => {
    expect(startConnection(order, 'a', () => false)).toBeNull();
  });
});
