/** The rules of the house bite: what they forbid does not compile or does not pass the linter. */
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles a file that is not on disk as if it stood in that room; answers the errors in it. */
function compile(room: string, text: string): string[] {
  const path = `${root}${room}/not-on-disk.ts`;
  const project = ts.readConfigFile(`${root}${room}/tsconfig.json`, (name) => ts.sys.readFile(name));
  const ambient = ts.sys.readDirectory(`${root}${room}`, ['.d.ts'], undefined, ['*.d.ts']);
  const { options } = ts.parseJsonConfigFileContent(project.config, ts.sys, `${root}${room}`);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, language) => (name === path ? ts.createSourceFile(name, text, language) : getSourceFile(name, language));
  host.fileExists = (name) => name === path || fileExists(name);
  const program = ts.createProgram([path, ...ambient], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('each room compiles against its own environment', () => {
  it('compute/ has neither a document nor Node', () => {
    expect(compile('compute', 'export const sum = (a: number, b: number): number => a + b;')).toEqual([]);
    expect(compile('compute', 'document.title = "";')[0]).toMatch(/Cannot find name 'document'/);
    expect(compile('compute', 'export const home = process.env;')[0]).toMatch(/Cannot find name 'process'/);
    expect(compile('compute', "import 'node:fs';")[0]).toMatch(/Cannot find module|node:fs/);
  });

  it('renderer/ has no Node', () => {
    expect(compile('renderer', 'document.title = "";')).toEqual([]);
    expect(compile('renderer', "import { readFile } from 'node:fs/promises'; export { readFile };")[0]).toMatch(
      /Cannot find (module|name) 'node:fs\/promises'/,
    );
    expect(compile('renderer', 'export const home = process.env;')[0]).toMatch(/Cannot find name 'process'/);
    expect(compile('renderer', 'export const bytes = Buffer.alloc(1);')[0]).toMatch(/Cannot find name 'Buffer'/);
  });

  it('main/ has no document', () => {
    expect(compile('main', "import { readFile } from 'node:fs/promises'; export { readFile };")).toEqual([]);
    expect(compile('main', 'document.title = "";')[0]).toMatch(/Cannot find name 'document'/);
  });

  it('main/contract/ has neither', () => {
    expect(compile('main/contract', 'document.title = "";')[0]).toMatch(/Cannot find name 'document'/);
    expect(compile('main/contract', 'export const home = process.env;')[0]).toMatch(/Cannot find name 'process'/);
  });
});

describe('what stands in one file stands in no other', () => {
  // The rules that need types are left out: the text is no file of any project.
  const eslint = new ESLint({ cwd: root, ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax' });
  const complaints = async (text: string, filePath: string): Promise<number> => {
    const [result] = await eslint.lintText(text, { filePath: `${root}${filePath}` });
    return result?.messages.length ?? 0;
  };

  it.each([
    [
      'postMessage',
      'export const f = (port: { postMessage(x: number): void }): void => port.postMessage(1);',
      'renderer/engine/engine-client.ts',
      'renderer/platform/client.ts',
    ],
    ['window.hebb', 'export const f = (): unknown => window.hebb;', 'renderer/platform/client.ts', 'renderer/engine/engine-client.ts'],
    ['innerHTML', "export const f = (e: { innerHTML: string }): void => void (e.innerHTML = '');", null, 'renderer/platform/client.ts'],
  ])('%s', async (_name, text, allowed, forbidden) => {
    expect(await complaints(text, forbidden)).toBe(1);
    if (allowed !== null) expect(await complaints(text, allowed)).toBe(0);
  });
});
