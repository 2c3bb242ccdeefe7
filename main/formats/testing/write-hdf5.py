"""Writes HDF5 files of all kinds that are read with h5py, and prints them as JSON with what h5py reads from them again."""
import base64, io, json, sys
import h5py
import numpy as np

random = np.random.default_rng(5)
files = []

def write(name, fill, **options):
    file = io.BytesIO()
    with h5py.File(file, 'w', **options) as root: fill(root)
    arrays, texts = {}, {}
    def attributes(path, item):
        for key, value in item.attrs.items():
            values = [value] if isinstance(value, (str, bytes)) else list(np.ravel(value)) if isinstance(value, np.ndarray) and value.dtype.kind in 'OS' else None
            if values is not None: texts['%s@%s' % (path, key)] = [one.decode() if isinstance(one, bytes) else one for one in values]
    with h5py.File(file, 'r') as root:
        attributes('', root)
        def visit(path, item):
            if isinstance(item, h5py.Group): attributes(path, item)
            elif item.dtype.kind in 'iuf': arrays[path] = {'shape': list(item.shape), 'values': [float(v) for v in np.ravel(item[()]).astype('f4')]}
        root.visititems(visit)
    files.append({'name': name, 'file': base64.b64encode(file.getvalue()).decode(), 'arrays': arrays, 'texts': texts})

for version in ['earliest', 'v108', 'latest']:
    def types(root):
        for kind in ['i1', 'u1', '<i2', '>i2', '<u4', '>i4', '<i8', '>u8', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8']: root[kind] = random.integers(0, 100, (2, 3)).astype(kind)
        root['scalar'] = np.float32(3.5)
        root['none'] = np.zeros((0, 4), 'f4')
        root['text'] = 'not a number'
        root['complex'] = np.zeros(2, 'c8')
    write('types ' + version, types, libver=version)

    def chunks(root):
        for name, options in {'plain': {}, 'gzip': {'compression': 'gzip'}, 'shuffled': {'shuffle': True, 'compression': 9}, 'summed': {'fletcher32': True}, 'all': {'shuffle': True, 'compression': 1, 'fletcher32': True}}.items():
            root.create_dataset(name, data=random.normal(size=(7, 5)).astype('f4'), chunks=(3, 2), **options)
            root.create_dataset(name + ' one', data=random.normal(size=(4, 3)).astype('f4'), chunks=(4, 3), **options)
            root.create_dataset(name + ' deep', data=random.integers(0, 9, (3, 4, 5)).astype('i2'), chunks=(2, 4, 3), **options)
        root.create_dataset('many', data=random.normal(size=(500,)).astype('f4'), chunks=(1,)) if version != 'latest' else None
    write('chunks ' + version, chunks, libver=version)

    def groups(root):
        for index in range(40):
            group = root.create_group('layer %d' % index)
            group.attrs['weight_names'] = [b'a/kernel:0', b'a/bias:0']
            group.create_dataset('vars/0', data=np.full((index + 1,), index, 'f4'))
        root['alias'] = root['layer 3/vars/0']
        root['soft'] = h5py.SoftLink('/layer 3/vars/0')
        root['outside'] = h5py.ExternalLink('/etc/passwd', '/')
    write('groups ' + version, groups, libver=version)
    write('groups in order ' + version, groups, libver=version, track_order=True)

    def attributes(root):
        for index in range(30): root.attrs['name %d' % index] = 'Größe %d' % index
        root.attrs['fixed'] = np.bytes_(b'fixed')
        root.attrs['list'] = np.array([b'ab', b'c'])
        root.attrs['long'] = 'x' * 20000
        root.attrs['objects'] = np.array(['eins', 'zwei', ''], dtype=h5py.string_dtype())
        root.attrs['number'] = 5
    write('attributes ' + version, attributes, libver=version)

def deep(root):
    group = root
    for index in range(20): group = group.create_group('g%d' % index)
    group['w'] = np.arange(6, dtype='f4').reshape(2, 3)
write('deep', deep)
def thousand(root):
    for index in range(1500): root.create_group('group with a rather long name %d' % index)
    root['w'] = np.ones(3, 'f4')
write('thousand earliest', thousand)
write('thousand latest', thousand, libver='latest')
json.dump(files, sys.stdout)
