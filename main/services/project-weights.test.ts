import { describe, expect, it } from 'vitest';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { findWeights, keepWeights } from './project-weights';

describe('weights of a project', () => {
  it('are kept once, named after their content, and found by that name alone', async () => {
    const fileSystem = memoryFileSystem();
    await fileSystem.createFolder('/p');
    const file = await keepWeights(fileSystem, '/p', Uint8Array.of(1, 2, 3));
    expect(await keepWeights(fileSystem, '/p', Uint8Array.of(1, 2, 3))).toBe(file);
    expect(await keepWeights(fileSystem, '/p', Uint8Array.of(1, 2, 4))).not.toBe(file);
    expect((await fileSystem.list('/p/weights')).length).toBe(2);
    expect(await findWeights(fileSystem, '/p', file)).toEqual({ path: `/p/weights/${file}`, size: 3 });
    for (const other of ['../project.json', `${'0'.repeat(32)}.safetensors`, '', '/etc/passwd'])
      await expect(findWeights(fileSystem, '/p', other)).rejects.toMatchObject({ code: 'model.weights-gone' });
  });
});
