import { describe, expect, it } from 'vitest';
import { bundle } from './bundle';
import { fileOfText, filesOfEntries, filesOfList, type DroppedEntry } from './found-files';

const file = (name: string, text = name): DroppedEntry => ({
  name,
  isFile: true,
  isDirectory: false,
  file: (give) => {
    give(new File([text], name));
  },
});
/** Gives its children two at a time, as browsers give a hundred. */
const folder = (name: string, children: readonly DroppedEntry[]): DroppedEntry => ({
  name,
  isFile: false,
  isDirectory: true,
  createReader: () => {
    let given = 0;
    return {
      readEntries: (give) => {
        give(children.slice(given, (given += 2)));
      },
    };
  },
});
const pathsOf = async (entries: readonly DroppedEntry[]) => {
  const found = await filesOfEntries(entries);
  return found.ok ? found.files.map(({ path }) => path) : found.code;
};

describe('what was dropped', () => {
  it('is walked in order, without litter', async () => {
    const dropped = folder('shapes', [
      folder('square', [file('3.png'), file('1.png'), file('2.png')]),
      file('.DS_Store'),
      folder('__MACOSX', [file('1.png')]),
      folder('circle', [file('1.png')]),
    ]);
    expect(await pathsOf([dropped, file('labels.csv')])).toEqual([
      'shapes/circle/1.png',
      'shapes/square/1.png',
      'shapes/square/2.png',
      'shapes/square/3.png',
      'labels.csv',
    ]);
  });

  it('does not follow folders without end, and says what cannot be read', async () => {
    const endless: DroppedEntry = { ...folder('again', []), createReader: () => once([endless]) };
    expect(await pathsOf([endless])).toEqual([]);
    const locked: DroppedEntry = { name: 'x', isFile: true, isDirectory: false, file: (_, fail) => fail(new Error('no permission')) };
    expect(await pathsOf([locked])).toBe('data.unreadable-drop');
  });
});

function once(children: readonly DroppedEntry[]) {
  let isFirst = true;
  return {
    readEntries: (give: (entries: readonly DroppedEntry[]) => void) => {
      give(isFirst ? children : []);
      isFirst = false;
    },
  };
}

describe('what was chosen or pasted', () => {
  it('keeps its paths', () => {
    expect(filesOfList([new File(['a'], 'a.csv'), new File(['b'], '.hidden')]).map(({ path }) => path)).toEqual(['a.csv']);
  });

  it('is a table where its lines are rows', () => {
    expect(fileOfText('a\tb\n1\t2\n3\t4')?.path).toBe('pasted.csv');
    expect(fileOfText('To be, or not\nto be: that is')?.path).toBe('pasted.txt');
    expect(fileOfText(' \n ')).toBeNull();
  });
});

describe('a bundle', () => {
  it('holds header and bytes of each file, one after another', async () => {
    const files = [
      { path: 'ä/1.png', content: new Blob([Uint8Array.of(1, 2, 3)]) },
      { path: 'b', content: new Blob([]) },
    ];
    const blob = bundle(files);
    const bytes = await new Promise<Uint8Array>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => {
        // As it was asked for.
        resolve(new Uint8Array(reader.result as ArrayBuffer));
      };
      reader.readAsArrayBuffer(blob);
    });
    const view = new DataView(bytes.buffer);
    let at = 0;
    const read: [unknown, number[]][] = [];
    while (at < bytes.length) {
      const length = view.getUint32(at, true);
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length))) as { path: string; size: number };
      at += 4 + length;
      read.push([header.path, [...bytes.subarray(at, at + header.size)]]);
      at += header.size;
    }
    expect(read).toEqual([
      ['ä/1.png', [1, 2, 3]],
      ['b', []],
    ]);
  });
});
