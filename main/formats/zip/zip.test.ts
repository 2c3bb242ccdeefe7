import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { openZip, usualZipLimits, type ZipArchive, type ZipLimits } from './zip';

/** Archives by Python's zipfile, as JSON: name, archive in base64, and what was put into it. */
const pythonWriter = `
import base64, io, json, struct, sys, zipfile
out = []
def archive(name, entries, change=None, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', **options) as zip:
        for path, content in entries:
            info = zipfile.ZipInfo(path) if isinstance(path, str) else path
            info.compress_type = options.get('compression', zipfile.ZIP_STORED)
            zip.writestr(info, content)
        if change: change(zip)
    data = file.getvalue()
    contents = {(e if isinstance(e, str) else e.filename): base64.b64encode(c).decode() for e, c in entries if not str(e).endswith('/')}
    out.append({'name': name, 'file': base64.b64encode(data).decode(), 'contents': contents})
def special(path, mode):
    info = zipfile.ZipInfo(path); info.create_system = 3; info.external_attr = mode << 16
    return info
class Unseekable(io.RawIOBase):
    def __init__(self): self.data = bytearray()
    def writable(self): return True
    def write(self, data): self.data += bytes(data); return len(data)
some = [('cat/1.txt', b'one ' * 50), ('cat/2.txt', b'two'), ('dog/3.txt', bytes(range(256)) * 20)]
archive('stored', some)
archive('deflated', some, compression=zipfile.ZIP_DEFLATED)
archive('folders', [('cat/', b''), *some, ('empty/', b'')])
archive('empty entry', [('a', b''), ('b', b'x')], compression=zipfile.ZIP_DEFLATED)
archive('empty archive', [])
archive('unicode', [('Größe/日本.txt', b'x')])
archive('modes', [(special('a', 0o100644), b'x')])
archive('many', [('%d/%d' % (i % 10, i), b'%d' % i) for i in range(500)])
def comment(zip): zip.comment = b'PK\\x05\\x06 a comment that looks like an end'
archive('comment', some, comment)
with_extra = zipfile.ZipInfo('a'); with_extra.extra = struct.pack('<HH', 0x7777, 200) + b'y' * 200
archive('extra', [(with_extra, b'x' * 300)])
stream = Unseekable()
with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as zip:
    for path, content in some: zip.writestr(path, content)
out.append({'name': 'streamed', 'file': base64.b64encode(bytes(stream.data)).decode(), 'contents': {p: base64.b64encode(c).decode() for p, c in some}})
file = io.BytesIO()
with zipfile.ZipFile(file, 'w') as zip:
    with zip.open('large.bin', 'w', force_zip64=True) as entry: entry.write(b'z' * 1000)
out.append({'name': 'zip64', 'file': base64.b64encode(file.getvalue()).decode(), 'contents': {'large.bin': base64.b64encode(b'z' * 1000).decode()}})
for name, path in [('parent', '../x'), ('inner parent', 'a/../../x'), ('absolute', '/etc/passwd'), ('backslash', 'a\\\\b'), ('drive', 'C:/x'), ('device', 'a/NUL.png'),
                   ('device alone', 'con'), ('point', './x'), ('double', 'a//b'), ('ending', 'a./b'), ('space', 'a /b'), ('bell', 'a\\x07'), ('turned', 'a\\u202egnp.exe'), ('deep', '/'.join('a' * 40)), ('long', 'a' * 2000)]:
    archive('path ' + name, [(path, b'x'), ('good', b'y')])
archive('link', [(special('a', 0o120777), b'/etc/passwd'), ('good', b'y')])
archive('pipe', [(special('a', 0o010644), b''), ('good', b'y')])
archive('bzip2', [('a', b'x' * 100)], compression=zipfile.ZIP_BZIP2)
archive('bomb', [('a', b'0' * 5_000_000)], compression=zipfile.ZIP_DEFLATED)
import warnings; warnings.simplefilter('ignore')
archive('twice', [('a', b'x'), ('a', b'y')])
archive('case', [('A/x', b'x'), ('a/x', b'y')])
json.dump(out, sys.stdout)
`;

interface Written {
  readonly name: string;
  readonly file: string;
  readonly contents: Readonly<Record<string, string>>;
}

const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', pythonWriter], { encoding: 'utf8', maxBuffer: 2 ** 26 });
expect(stderr).toBe('');
const written = new Map((JSON.parse(stdout) as Written[]).map((archive) => [archive.name, archive]));

const bytesOf = (name: string): Buffer => Buffer.from(written.get(name)!.file, 'base64');
const open = (bytes: Uint8Array, limits: ZipLimits = usualZipLimits) => openZip(memorySource('test.zip', bytes), limits);
async function opened(bytes: Uint8Array, limits?: ZipLimits): Promise<ZipArchive> {
  const outcome = await open(bytes, limits);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem));
  return outcome.value;
}
const problemOf = async (bytes: Uint8Array, limits?: ZipLimits): Promise<string> => {
  const outcome = await open(bytes, limits);
  return outcome.ok ? 'opened' : outcome.problem.code;
};
const refusals = async (bytes: Uint8Array, limits?: ZipLimits): Promise<readonly string[]> =>
  (await opened(bytes, limits)).refused.map(({ problem }) => problem.code);

describe('archives written by zipfile', () => {
  it('are read with every entry, stored, deflated, streamed, as ZIP64, with comments and folders', async () => {
    const readable = [
      'stored',
      'deflated',
      'folders',
      'empty entry',
      'empty archive',
      'unicode',
      'modes',
      'many',
      'comment',
      'extra',
      'streamed',
    ];
    for (const name of [...readable, 'zip64', 'case']) {
      const archive = await opened(bytesOf(name));
      const contents: Record<string, string> = {};
      for (const entry of archive.entries) {
        const read = await archive.read(entry);
        if (!read.ok) throw new Error(`${name}: ${JSON.stringify(read.problem)}`);
        expect(read.value.length).toBe(entry.size);
        contents[entry.path] = Buffer.from(read.value).toString('base64');
      }
      expect(contents, name).toEqual(written.get(name)!.contents);
      expect(archive.refused, name).toEqual([]);
    }
  });
});

describe('entries that are not read', () => {
  it.each([
    ['path parent', 'zip.path-parent'],
    ['path inner parent', 'zip.path-parent'],
    ['path absolute', 'zip.path-absolute'],
    ['path backslash', 'zip.path-backslash'],
    ['path drive', 'zip.path-drive'],
    ['path device', 'zip.path-device'],
    ['path device alone', 'zip.path-device'],
    ['path point', 'zip.path-parent'],
    ['path double', 'zip.path-parent'],
    ['path ending', 'zip.path-ending'],
    ['path space', 'zip.path-ending'],
    ['path bell', 'zip.path-characters'],
    ['path turned', 'zip.path-characters'],
    ['path deep', 'zip.path-deep'],
    ['path long', 'zip.path-long'],
    ['link', 'zip.link'],
    ['pipe', 'zip.special'],
  ])('%s', async (name, code) => {
    const archive = await opened(bytesOf(name));
    expect(archive.refused.map(({ problem }) => problem.code)).toEqual([code]);
    expect(archive.entries.map(({ path }) => path)).toEqual(['good']);
  });

  it('because of how they are packed, their size or their name', async () => {
    expect(await refusals(bytesOf('bzip2'))).toEqual(['zip.method']);
    expect(await refusals(bytesOf('twice'))).toEqual(['zip.duplicate']);
    expect(await refusals(bytesOf('bomb'), { ...usualZipLimits, entryBytes: 1_000_000 })).toEqual(['zip.too-large']);
    expect(await problemOf(bytesOf('bomb'), { ...usualZipLimits, totalBytes: 1_000_000 })).toBe('zip.too-large');
    expect(await problemOf(bytesOf('many'), { ...usualZipLimits, entries: 100 })).toBe('zip.too-many-entries');
    expect(await problemOf(bytesOf('many'), { ...usualZipLimits, directoryBytes: 100 })).toBe('zip.too-large');
  });
});

const recordAt = (bytes: Buffer, index = 0): number => {
  let at = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  for (let passed = 0; passed < index; passed++) at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1');
  return at;
};
const changed = (name: string, change: (bytes: Buffer) => unknown): Buffer => {
  const bytes = bytesOf(name);
  change(bytes);
  return bytes;
};
const read = async (bytes: Uint8Array): Promise<string> => {
  const archive = await opened(bytes);
  const outcome = await archive.read(archive.entries[0]!);
  return outcome.ok ? 'read' : outcome.problem.code;
};

describe('archives that were tampered with', () => {
  it('as a whole', async () => {
    const end = bytesOf('stored').length - 22;
    const whole: readonly (readonly [string, Buffer, string])[] = [
      ['nothing', Buffer.alloc(0), 'zip.no-directory'],
      ['a text', Buffer.from('PK, and then some more text than an end record has'), 'zip.no-directory'],
      ['something behind it', Buffer.concat([bytesOf('stored'), Buffer.from('x')]), 'zip.no-directory'],
      ['something before it', Buffer.concat([Buffer.from('x'), bytesOf('stored')]), 'zip.corrupt'],
      ['an entry more claimed', changed('stored', (bytes) => bytes.fill(4, end + 8, end + 9).fill(4, end + 10, end + 11)), 'zip.corrupt'],
      ['an entry less claimed', changed('stored', (bytes) => bytes.fill(2, end + 8, end + 9).fill(2, end + 10, end + 11)), 'zip.corrupt'],
      ['another disk', changed('stored', (bytes) => bytes.writeUInt16LE(1, end + 4)), 'zip.unsupported'],
      ['counts that differ', changed('stored', (bytes) => bytes.writeUInt16LE(1, end + 8)), 'zip.unsupported'],
      ['a directory elsewhere', changed('stored', (bytes) => bytes.writeUInt32LE(5, end + 16)), 'zip.corrupt'],
      ['a directory of four gigabytes', changed('stored', (bytes) => bytes.writeUInt32LE(0xfffffff0, end + 12)), 'zip.too-large'],
      [
        'a record without its signature',
        changed('stored', (bytes) => bytes.fill(0, recordAt(bytes, 1), recordAt(bytes, 1) + 1)),
        'zip.corrupt',
      ],
      ['a name beyond the directory', changed('stored', (bytes) => bytes.writeUInt16LE(0xffff, recordAt(bytes, 2) + 28)), 'zip.corrupt'],
      ['a name too long', changed('stored', (bytes) => bytes.writeUInt16LE(12, recordAt(bytes) + 28)), 'zip.corrupt'],
      ['one entry within another', changed('stored', (bytes) => bytes.writeUInt32LE(0, recordAt(bytes, 1) + 42)), 'zip.overlap'],
      [
        'all entries the same',
        changed('many', (bytes) => {
          for (let index = 0; index < 500; index++) bytes.writeUInt32LE(0, recordAt(bytes, index) + 42);
        }),
        'zip.overlap',
      ],
      [
        'an entry in the directory',
        changed('stored', (bytes) => bytes.writeUInt32LE(recordAt(bytes), recordAt(bytes, 2) + 42)),
        'zip.overlap',
      ],
      ['an entry behind the end', changed('stored', (bytes) => bytes.writeUInt32LE(0x7fffffff, recordAt(bytes, 2) + 42)), 'zip.overlap'],
      ['ZIP64 without its field', changed('stored', (bytes) => bytes.writeUInt32LE(0xffffffff, recordAt(bytes, 2) + 42)), 'zip.overlap'],
    ];
    for (const [name, bytes, code] of whole) expect([name, await problemOf(bytes)]).toEqual([name, code]);
  });

  it('in one entry', async () => {
    const packed = bytesOf('deflated');
    const entries: readonly (readonly [string, Buffer, string])[] = [
      ['encrypted', changed('deflated', (bytes) => bytes.writeUInt16LE(1, recordAt(bytes) + 8)), 'zip.encrypted'],
      ['strongly encrypted', changed('deflated', (bytes) => bytes.writeUInt16LE(0x41, recordAt(bytes) + 8)), 'zip.encrypted'],
      ['a method of its own', changed('deflated', (bytes) => bytes.writeUInt16LE(99, recordAt(bytes) + 10)), 'zip.method'],
      ['a size that cannot be', changed('deflated', (bytes) => bytes.writeUInt32LE(200_000_000, recordAt(bytes) + 24)), 'zip.ratio'],
      ['a size of four gigabytes', changed('deflated', (bytes) => bytes.writeUInt32LE(0xfffffff0, recordAt(bytes) + 24)), 'zip.too-large'],
      ['stored with two sizes', changed('stored', (bytes) => bytes.writeUInt32LE(201, recordAt(bytes) + 24)), 'zip.entry'],
    ];
    for (const [name, bytes, code] of entries) expect([name, (await refusals(bytes))[0]]).toEqual([name, code]);
    const reads: readonly (readonly [string, Buffer, string])[] = [
      ['whole', packed, 'read'],
      ['a wrong checksum', changed('deflated', (bytes) => bytes.writeUInt32LE(5, recordAt(bytes) + 16)), 'zip.checksum'],
      ['a changed byte', changed('stored', (bytes) => bytes.fill(0x21, 45, 46)), 'zip.checksum'],
      ['a broken stream', changed('deflated', (bytes) => bytes.fill(0xff, 39, 42)), 'zip.entry'],
      ['a size too small', changed('deflated', (bytes) => bytes.writeUInt32LE(199, recordAt(bytes) + 24)), 'zip.entry'],
      ['a size too large', changed('deflated', (bytes) => bytes.writeUInt32LE(201, recordAt(bytes) + 24)), 'zip.entry'],
      ['no local header', changed('deflated', (bytes) => bytes.fill(0, 0, 4)), 'zip.entry'],
      ['a local header that reaches into the next', changed('deflated', (bytes) => bytes.writeUInt16LE(60_000, 28)), 'zip.overlap'],
    ];
    for (const [name, bytes, code] of reads) expect([name, await read(bytes)]).toEqual([name, code]);
  });

  it('by cutting it anywhere', async () => {
    const bytes = bytesOf('deflated');
    for (let length = 0; length < bytes.length; length++) expect(await problemOf(bytes.subarray(0, length))).toBe('zip.no-directory');
  });
});
