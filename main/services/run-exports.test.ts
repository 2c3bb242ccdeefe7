import { spawnSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newProject, newRun, startedForEach, type Started } from './testing/started';

const at = startedForEach();

const records = [
  { type: 'started', at: 1_700_000_000_000 },
  { type: 'steps', at: 1_700_000_004_000, steps: [1, 2, 300, 70_000], loss: [4, 3.1, null, 1e-12], accuracy: [0, 0.25, 0.5, 1] },
  { type: 'epoch', at: 1_700_000_005_500, epoch: 1, step: 70_000, train: { loss: 2 }, validation: { loss: 1.5, accuracy: 0.75 } },
];
const evaluation = {
  split: 'validation',
  epoch: 1,
  step: 70_000,
  count: 4,
  measures: { loss: 1.5, accuracy: 0.75 },
  classes: ['cat', '<b>dog</b>'],
  confusion: [
    [2, 1],
    [0, 1],
  ],
};

async function trainedRun(started: Started) {
  const { token } = await newProject(started);
  const runId = await newRun(started, token);
  await started.caller.call('runs.append', { project: token, runId, records });
  await started.caller.call('runs.finish', { project: token, runId, status: 'finished', evaluation });
  return { project: token, runId };
}

/**
 * Reads event files with Google's own Protocol Buffers, whose messages are built here by the numbers that TensorFlow
 * publishes (event.proto, summary.proto), and checks the frames' checksums with crcmod.
 */
const readEvents = `
import json, struct, sys
import crcmod.predefined
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

crc = crcmod.predefined.mkCrcFun('crc-32c')
masked = lambda data: (((crc(data) >> 15) | (crc(data) << 17)) + 0xa282ead8) & 0xffffffff
file = descriptor_pb2.FileDescriptorProto(name='event.proto', package='t', syntax='proto3')
types = descriptor_pb2.FieldDescriptorProto
def message(name, fields):
    made = file.message_type.add(name=name)
    for number, field, kind, label, type_name in fields:
        made.field.add(name=field, number=number, type=kind, label=label, type_name=type_name)
message('Value', [(1, 'tag', types.TYPE_STRING, 1, None), (2, 'simple_value', types.TYPE_FLOAT, 1, None)])
message('Summary', [(1, 'value', types.TYPE_MESSAGE, 3, '.t.Value')])
message('Event', [(1, 'wall_time', types.TYPE_DOUBLE, 1, None), (2, 'step', types.TYPE_INT64, 1, None),
  (3, 'file_version', types.TYPE_STRING, 1, None), (5, 'summary', types.TYPE_MESSAGE, 1, '.t.Summary')])
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Event = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName('t.Event'))
result = []
for path in sys.argv[1:]:
    data, position, events = open(path, 'rb').read(), 0, []
    while position < len(data):
        length, = struct.unpack_from('<Q', data, position)
        assert struct.unpack_from('<I', data, position + 8)[0] == masked(data[position:position + 8])
        record = data[position + 12:position + 12 + length]
        assert struct.unpack_from('<I', data, position + 12 + length)[0] == masked(record)
        position += 16 + length
        event = Event.FromString(record)
        assert not event.UnknownFields() if hasattr(event, 'UnknownFields') else True
        events.append([event.wall_time, event.step, event.file_version, [[v.tag, repr(v.simple_value)] for v in event.summary.value]])
    result.append(events)
print(json.dumps(result))
`;

describe('a run for TensorBoard', () => {
  it('is read by Protocol Buffers of Google with every value, step and time, and whole frames', async () => {
    const run = await trainedRun(at);
    const { location } = await at.caller.call('runs.export', { ...run, format: 'tensorboard', folder: null });
    const folders = ['batch', 'training', 'validation'];
    expect((await readdir(location)).sort()).toEqual(folders);
    const files = await Promise.all(folders.map(async (of) => join(location, of, (await readdir(join(location, of)))[0] ?? '')));
    for (const file of files) expect(file).toContain('tfevents');
    const python = spawnSync('/usr/bin/python3', ['-c', readEvents, ...files], { encoding: 'utf8' });
    expect(python.stderr).toBe('');
    // The script prints just this.
    const [batch, , validation] = JSON.parse(python.stdout) as [number, number, string, [string, string][]][][];
    expect(batch?.[0]?.[2]).toBe('brain.Event:2');
    const loss = batch?.filter(([, , , values]) => values[0]?.[0] === 'loss') ?? [];
    expect(loss.map(([time, step]) => [time, step])).toEqual([
      [1_700_000_001, 1],
      [1_700_000_002, 2],
      [1_700_000_003, 300],
      [1_700_000_004, 70_000],
    ]);
    expect(loss.map(([, , , values]) => Number(values[0]?.[1]))).toEqual([4, Math.fround(3.1), NaN, Math.fround(1e-12)]);
    expect(validation?.slice(1)).toEqual([
      [1_700_000_005.5, 70_000, '', [['loss', '1.5']]],
      [1_700_000_005.5, 70_000, '', [['accuracy', '0.75']]],
    ]);
    // A second export stands beside the first.
    expect((await at.caller.call('runs.export', { ...run, format: 'tensorboard', folder: null })).location).toBe(`${location} 2`);
  });

  it('is refused while nothing was measured', async () => {
    const { token } = await newProject(at);
    const runId = await newRun(at, token);
    const request = { project: token, runId, format: 'tensorboard', folder: null } as const;
    expect((await at.caller.refused('runs.export', request)).code).toBe('run.nothing-measured');
  });
});

/** Reads HTML strictly, as XML would be: every element closed, nothing that loads or runs. */
const readReport = `
import sys
from html.parser import HTMLParser
class Reader(HTMLParser):
    empty = {'meta', 'br', 'hr', 'img', 'input', 'link'}
    def __init__(self):
        super().__init__(); self.open = []; self.text = []
    def handle_starttag(self, tag, attributes):
        assert tag not in ('script', 'link', 'img', 'iframe', 'object', 'embed'), tag
        for name, value in attributes:
            assert not name.startswith('on') and name not in ('src', 'href', 'action'), name
        if tag not in self.empty: self.open.append(tag)
    def handle_startendtag(self, tag, attributes): pass
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
        self.open.pop()
    def handle_data(self, data): self.text.append(data)
reader = Reader(); reader.feed(open(sys.argv[1], encoding='utf-8').read()); reader.close()
assert not reader.open, reader.open
print(' '.join(' '.join(reader.text).split()))
`;

describe('a report', () => {
  it('is one file without anything that runs or loads, in which every text of a person is text', async () => {
    const run = await trainedRun(at);
    const name = `<script>alert(1)</script> "&' é`;
    await at.caller.call('runs.edit', { ...run, name, notes: '</p><img src=x onerror=alert(1)>', tags: ['<i>'] });
    const { location } = await at.caller.call('runs.export', { ...run, format: 'html', folder: null });
    const python = spawnSync('/usr/bin/python3', ['-c', readReport, location], { encoding: 'utf8' });
    expect(python.stderr).toBe('');
    const text = python.stdout;
    for (const part of [
      name,
      '</p><img src=x onerror=alert(1)>',
      '<i>',
      '<b>dog</b>',
      'Confusion matrix',
      'input',
      '66.67 %',
      '50.00 %',
      'finished',
    ])
      expect(text).toContain(part);
    expect(await readFile(location, 'utf8')).toContain("default-src 'none'");
  });
});
