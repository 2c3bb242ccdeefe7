"""Hebb's own files as a stranger may write them: projects of the templates, runs, manifests and bundles: format, name, bytes."""
import json, os, struct

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../resources/templates')

def samples():
    def text(value, index):
        return json.dumps(value, indent=[None, 1, None][index % 3], ensure_ascii=index % 2 == 0).encode()

    for index, name in enumerate(sorted(os.listdir(folder))):
        if not name.endswith('.json'): continue
        with open(os.path.join(folder, name)) as file: content = json.load(file)['content']
        time = '2024-01-%02dT12:00:00.000Z' % (index + 1)
        for version in [1, 2]: yield 'project', '%s %d' % (name, version), text({'format': 'hebb-project', 'version': version, 'name': 'Größe %d' % index, 'revision': index + 1, 'savedAt': time, **content}, index + version)
        run = {'format': 'hebb-run', 'version': 1 + index % 2, 'id': 'run-%d' % index, 'startedAt': time, 'finishedAt': time if index % 3 else None, 'status': ['running', 'finished', 'stopped', 'failed', 'paused'][index % 5],
               'settings': content['training'], 'document': content['document'], 'dataset': 'mnist', 'device': {'kind': 'cpu'}, 'versions': {'hebb': '1.0.0'}}
        if index % 2: run.update(name='a', notes='b', tags=['c'], pinned=True, hidden=False, parent={'run': 'run-0', 'step': 3}, trial=None, outcome={'steps': 5, 'epochs': 1, 'seconds': 2.5, 'last': {'loss': .5}, 'best': {'loss': .4}})
        yield 'run', name, text(run, index)
        yield 'run', name + ' of any network', text({**run, 'document': {'any': [None, 1e300, -1]}}, index + 1)

        count, shape, kind = 4 + index, [[3], [1, 2, 2], [2]][index % 3], ['u8', 'f32', 'i32'][index % 3]
        width = {'u8': 1, 'f32': 4, 'i32': 4}[kind]
        size = width
        for side in shape: size *= side
        numbers = index % 4 == 3
        shard = lambda file, bytes: {'file': file, 'bytes': bytes, 'sha256': '%064x' % (index * 12345)}
        yield 'dataset', name, text({
            'format': 'hebb-dataset', 'version': 2, 'revision': 1, 'id': 'own-%d' % index, 'name': 'Own', 'source': 'folder', 'licence': '', 'sampleShape': shape, 'sampleType': kind, 'labelShape': [2] if numbers else [],
            'classes': [] if numbers else ['cat', 'dog'], 'targetNames': ['a', 'b'] if numbers else [], 'symbols': [], 'columns': [], 'count': count,
            'samples': [shard('samples-0.' + kind, count * size)], 'labels': [shard('labels-1.' + ('f32' if numbers else 'i32'), count * (8 if numbers else 4))],
            'splits': shard('splits-1.u8', count), 'positions': shard('positions.u32', 4 * count), 'names': shard('names.jsonl', 50) if index % 2 else None,
            'counts': {'train': count - 2, 'validation': 1, 'test': 1, 'excluded': 0}, 'options': {'seed': index}}, index)
        yield 'checkpoint', name, text({
            'format': 'hebb-checkpoint', 'version': 1, 'step': index * 100, 'epoch': index, 'stepInEpoch': 0, 'savedAt': time, 'validationAccuracy': None if index % 2 else .5, 'validation': {'loss': .25},
            'files': {file: {'bytes': 100 + index, 'sha256': '%064x' % index} for file in ['weights.safetensors', 'optimizer.safetensors', 'state.json']}}, index)

    for count in range(10):
        bundle = b''
        for index in range(count):
            header = json.dumps({'path': 'class %d/Größe %d.txt' % (index % 2, index), 'size': 10 * index}, ensure_ascii=index % 2 == 0).encode()
            bundle += struct.pack('<I', len(header)) + header + b'x' * (10 * index)
        yield 'bundle', 'files-%d' % count, bundle
