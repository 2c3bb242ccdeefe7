import { toJsonSchema } from '@valibot/to-json-schema';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import type { GenericSchema } from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { fileNameOf, projectFileSchema, readProjectFile } from './project-file';
import { smallContent } from './testing/home';

const documented = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

async function schemaText(schema: GenericSchema, title: string, file: string): Promise<string> {
  const options = await resolveConfig(documented(file));
  return await format(JSON.stringify({ title, ...toJsonSchema(schema, { target: 'draft-07', errorMode: 'ignore' }) }), {
    ...options,
    parser: 'json',
  });
}

describe('the published schemas', () => {
  // Stale after a change of the schemas in code: `npx vitest run main/services/project-file -u` writes them anew.
  it.each([
    ['Hebb model document, version 1', modelDocumentSchema, 'model-format.schema.json'],
    ['Hebb project, version 2', projectFileSchema, 'project-format.schema.json'],
  ])('%s is what the code checks', async (title, schema, file) => {
    await expect(await schemaText(schema, title, file)).toMatchFileSnapshot(documented(file));
  });
});

const good = { format: 'hebb-project', version: 2, name: 'Digits', revision: 3, savedAt: '2026-01-01T00:00:00.000Z', ...smallContent(1) };

describe('project.json', () => {
  it('is read', () => {
    expect(readProjectFile(good, 'project.json')).toEqual({ ok: true, file: good, version: 2 });
  });

  it('of version 1 is lifted', () => {
    expect(readProjectFile({ ...good, version: 1 }, 'project.json')).toEqual({ ok: true, file: good, version: 1 });
  });

  it.each([
    ['no object', null, 'project.broken'],
    ['a list', [], 'project.broken'],
    ['another format', { ...good, format: 'hebb-model' }, 'project.broken'],
    ['no version', { ...good, version: '1' }, 'project.broken'],
    ['version 0', { ...good, version: 0 }, 'project.broken'],
    ['a newer version', { ...good, version: 3 }, 'project.newer-version'],
    ['something unknown', { ...good, extra: true }, 'project.broken'],
    [
      'a node without a kind',
      { ...good, document: { ...(good.document as object), nodes: [{ id: 'a', version: 1, parameters: {} }] } },
      'project.broken',
    ],
    ['a position that is no number', { ...good, layout: { input: { x: 'left', y: 0 } } }, 'project.broken'],
    ['impossible settings', { ...good, training: { ...(good.training as object), batchSize: 0 } }, 'project.broken'],
  ])('with %s is refused', (_name, value, code) => {
    expect(readProjectFile(value, 'project.json')).toMatchObject({ ok: false, error: { code } });
  });
});

describe('names of folders', () => {
  it.each([
    ['Digits', 'Digits'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
    ['..', 'Untitled'],
    ['.hidden', 'hidden'],
    [' spaces . ', 'spaces'],
    ['con', 'con-'],
    ['COM1.txt', 'COM1-.txt'],
    ['NUL .tar.gz', 'NUL- .tar.gz'],
    ['lpt³', 'lpt³-'],
    ['CONOUT$', 'CONOUT$-'],
    ['../../etc/passwd', '-..-etc-passwd'],
    ['C:\\Windows', 'C--Windows'],
    ['evil\u202egnp.exe', 'evil-gnp.exe'],
    ['\ufeffmark', '-mark'],
    ['half \ud83d of one', 'half - of one'],
    [`${'x'.repeat(79)}😀`, 'x'.repeat(79)],
    ['Cafe\u0301', 'Café'],
    ['new\nline\u0000', 'new-line-'],
    ['数字識別 и цифры', '数字識別 и цифры'],
    ['x'.repeat(300), 'x'.repeat(80)],
  ])('%j becomes %j', (name, expected) => {
    expect(fileNameOf(name)).toBe(expected);
  });
});
