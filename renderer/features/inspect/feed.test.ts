import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFeed } from './feed';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const echo = () => vi.fn((keys: readonly string[]) => Promise.resolve(new Map(keys.map((key) => [key, key.toUpperCase()]))));

describe('a feed', () => {
  it('asks once for all that is wanted', async () => {
    const fetchMany = echo();
    const feed = createFeed(fetchMany, 400);
    const first = vi.fn();
    const second = vi.fn();
    feed.watch(['a', 'b'], first);
    feed.watch(['b', 'c'], second);
    await vi.advanceTimersByTimeAsync(1);
    expect(fetchMany).toHaveBeenCalledTimes(1);
    expect(fetchMany.mock.calls[0]?.[0]).toEqual(['a', 'b', 'c']);
    expect((first.mock.calls[0]?.[0] as Map<string, string>).get('b')).toBe('B');
    expect(second).toHaveBeenCalledTimes(1);
  });

  it('asks again no sooner than the interval after the answer, however often it is poked', async () => {
    const fetchMany = echo();
    const feed = createFeed(fetchMany, 400);
    feed.watch(['a'], vi.fn());
    await vi.advanceTimersByTimeAsync(1);
    for (let count = 0; count < 50; count++) feed.refresh();
    await vi.advanceTimersByTimeAsync(390);
    expect(fetchMany).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(fetchMany).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(fetchMany).toHaveBeenCalledTimes(2);
  });

  it('waits for an answer before it asks again', async () => {
    let answer: (value: Map<string, string>) => void = () => undefined;
    const fetchMany = vi.fn(() => new Promise<Map<string, string>>((resolve) => (answer = resolve)));
    const feed = createFeed(fetchMany, 10);
    feed.watch(['a'], vi.fn());
    await vi.advanceTimersByTimeAsync(1000);
    feed.refresh();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetchMany).toHaveBeenCalledTimes(1);
    answer(new Map());
    await vi.advanceTimersByTimeAsync(20);
    expect(fetchMany).toHaveBeenCalledTimes(2);
  });

  it('asks nothing for nobody', async () => {
    const fetchMany = echo();
    const feed = createFeed(fetchMany, 10);
    feed.watch(['a'], vi.fn())();
    feed.refresh();
    await vi.advanceTimersByTimeAsync(100);
    expect(fetchMany).not.toHaveBeenCalled();
  });
});
