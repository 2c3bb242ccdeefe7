"""Writes small files in all formats but images with numpy, onnx and Python's own modules, and prints them as JSON: format, names, base64."""
import base64, csv, gzip, io, json, struct, sys, wave, zipfile
import numpy as np

random = np.random.default_rng(7)
out = {}

def add(format, name, data):
    out.setdefault(format, []).append([name, base64.b64encode(data).decode()])

# ZIP
for name, compression in [('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED)]:
    for count in [0, 1, 2, 5]:
        file = io.BytesIO()
        with zipfile.ZipFile(file, 'w', compression) as zip:
            for i in range(count):
                zip.writestr('class%d/%d.txt' % (i % 2, i), bytes(random.integers(0, 9, 40, dtype='u1')) * (i + 1))
        add('zip', '%s-%d' % (name, count), file.getvalue())
file = io.BytesIO()
with zipfile.ZipFile(file, 'w') as zip:
    with zip.open('large', 'w', force_zip64=True) as entry: entry.write(b'content')
    zip.comment = b'a comment'
add('zip', 'zip64', file.getvalue())
file = io.BytesIO()
with zipfile.ZipFile(file, 'w') as zip:
    zip.writestr('folder/', b'')
    zip.writestr('folder/Größe.txt', b'x')
add('zip', 'folder', file.getvalue())

# gzip
for level in range(0, 10):
    add('gzip', 'level-%d' % level, gzip.compress(b'some text, some more text, ' * (level + 1), level, mtime=0))

# IDX
for dtype, code in {'u1': 8, 'i1': 9, '>i2': 11, '>i4': 12, '>f4': 13, '>f8': 14}.items():
    for shape in [(6,), (3, 2, 2)]:
        values = random.integers(0, 9, shape).astype(dtype)
        data = struct.pack('>BBBB', 0, 0, code, len(shape)) + struct.pack('>%dI' % len(shape), *shape) + values.tobytes()
        add('idx', '%s-%d' % (dtype, len(shape)), data)
        if dtype == 'u1': add('idx', 'packed-%d' % len(shape), gzip.compress(data, mtime=0))

# npy
for dtype in ['u1', 'i1', '<i2', '>i2', '<i4', '<i8', '<f2', '<f4', '>f4', '<f8', '?']:
    file = io.BytesIO()
    np.save(file, random.integers(0, 2, (3, 4)).astype(dtype))
    add('npy', 'type-' + dtype, file.getvalue())
file = io.BytesIO(); np.save(file, np.asfortranarray(random.integers(0, 99, (3, 4)))); add('npy', 'columns', file.getvalue())
file = io.BytesIO(); np.lib.format.write_array(file, np.zeros((2, 3), 'f4'), version=(2, 0)); add('npy', 'version-2', file.getvalue())

# npz, also as weights of a model
for index in range(1, 6):
    for name, write in [('stored', np.savez), ('deflated', np.savez_compressed)]:
        file = io.BytesIO()
        write(file, **{'layer%d.weight' % i: random.normal(size=(i + 1, 2)).astype(['f4', 'f8', 'f2'][i % 3]) for i in range(index)})
        add('npz', '%s-%d' % (name, index), file.getvalue())
        add('weights', 'npz-%s-%d' % (name, index), file.getvalue())

# CIFAR: records are long, so that one or two must do.
for i in range(5):
    add('cifar', 'ten-%d' % i, bytes([i]) + random.integers(0, 256, 3072, dtype='u1').tobytes())
    add('cifar', 'hundred-%d' % i, bytes([i, i * 19]) + random.integers(0, 256, 3072, dtype='u1').tobytes())

# CSV
rows = [['size', 'kind', 'seen', 'note'], ['1.5', 'cat', 'yes', 'a, b'], ['-2e3', 'dog', 'no', 'say "hello"'], ['', 'cat', '', 'two\nlines'], ['7', 'bird', 'yes', 'Größe']]
for name, options in [('comma', {}), ('tab', {'delimiter': '\t'}), ('semicolon', {'delimiter': ';'}), ('all-quoted', {'quoting': csv.QUOTE_ALL}), ('unix', {'lineterminator': '\n'}),
                      ('bar', {'delimiter': '|'}), ('single-quotes', {'quotechar': "'"}), ('escaped', {'doublequote': False, 'escapechar': '\\'})]:
    file = io.StringIO(newline='')
    csv.writer(file, **options).writerows(rows)
    add('csv', name, file.getvalue().encode())
add('csv', 'mark', b'\xef\xbb\xbfa,b\n1,2\n3,4\n')
add('csv', 'numbers', '\n'.join(','.join('%.3f' % v for v in row) for row in random.normal(size=(8, 4))).encode())
add('csv', 'one-column', b'value\n1\n2\n3\n')
add('csv', 'latin', 'name,ort\nJörg,Köln\n'.encode('latin1'))

# Text
text = 'The quick brown fox – «Größe» 日本語 😀 don’t stop.\r\nAnother line, 42 words?\n'
for name, encoding in [('utf-8', 'utf-8'), ('mark', 'utf-8-sig'), ('utf-16', 'utf-16'), ('utf-16be', None)]:
    add('text', name, text.encode(encoding) if encoding else b'\xfe\xff' + text.encode('utf-16-be'))
for name, data in [('ascii', b'plain text\nof two lines'), ('latin', 'Jörg aß'.encode('latin1')), ('windows', 'it costs 5 €'.encode('cp1252')), ('one', b'x'), ('lines', b'\n' * 20), ('long-word', b'a' * 900), ('returns', b'a\rb\rc')]:
    add('text', name, data)

# WAV
for width in [1, 2, 3, 4]:
    for channels in [1, 2]:
        file = io.BytesIO()
        with wave.open(file, 'wb') as sound:
            sound.setnchannels(channels); sound.setsampwidth(width); sound.setframerate(8000)
            sound.writeframes(bytes(random.integers(0, 256, 20 * width * channels, dtype='u1')))
        add('wav', 'pcm-%d-%d' % (8 * width, channels), file.getvalue())
def chunk(name, data): return name + struct.pack('<I', len(data)) + data + b'\0' * (len(data) % 2)
for name, bits in [('float-32', 32), ('float-64', 64)]:
    data = random.normal(size=20).astype('<f%d' % (bits // 8)).tobytes()
    body = b'WAVE' + chunk(b'LIST', b'INFO') + chunk(b'fmt ', struct.pack('<HHIIHH', 3, 1, 8000, 8000 * bits // 8, bits // 8, bits)) + chunk(b'data', data)
    add('wav', name, b'RIFF' + struct.pack('<I', len(body)) + body)

# safetensors
def safetensors(tensors, metadata=None):
    header, body = {}, b''
    if metadata: header['__metadata__'] = metadata
    for name, (kind, array) in tensors.items():
        header[name] = {'dtype': kind, 'shape': list(array.shape), 'data_offsets': [len(body), len(body) + array.nbytes]}
        body += array.tobytes()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + body
for name, tensors, metadata in [('one', {'w': ('F32', np.ones((2, 3), 'f4'))}, None), ('two', {'w': ('F32', np.ones((2, 3), 'f4')), 'b': ('F32', np.zeros(3, 'f4'))}, None),
                                ('told', {'w': ('F32', np.ones(1, 'f4'))}, {'epoch': '3'}), ('none', {}, None), ('scalar', {'s': ('F32', np.array(3, 'f4'))}, None), ('empty', {'e': ('F32', np.ones((0, 4), 'f4'))}, None)]:
    add('safetensors', name, safetensors(tensors, metadata))
for index in range(6):
    add('safetensors', 'many-%d' % index, safetensors({'layer%d.weight' % i: ('F32', random.normal(size=(i + 1, index + 1)).astype('f4')) for i in range(3)}))

# ONNX
import onnx
from onnx import TensorProto, helper, numpy_helper
def model(nodes, initializers, shape, output):
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', TensorProto.FLOAT, shape)], [helper.make_tensor_value_info('y', TensorProto.FLOAT, output)],
                              [numpy_helper.from_array(value, name) for name, value in initializers.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
    onnx.checker.check_model(made)
    return made.SerializeToString()
weight = lambda *shape: random.normal(size=shape).astype('f4')
node = helper.make_node
for name, parts in [
    ('relu', ([node('Relu', ['x'], ['y'])], {}, ['n', 4], ['n', 4])),
    ('gemm', ([node('Gemm', ['x', 'w', 'b'], ['y'], transB=1)], {'w': weight(3, 4), 'b': weight(3)}, ['n', 4], ['n', 3])),
    ('matmul', ([node('MatMul', ['x', 'w'], ['h']), node('Add', ['h', 'b'], ['y'])], {'w': weight(4, 3), 'b': weight(3)}, ['n', 4], ['n', 3])),
    ('conv', ([node('Conv', ['x', 'w'], ['y'], kernel_shape=[3, 3], pads=[1, 1, 1, 1])], {'w': weight(2, 1, 3, 3)}, ['n', 1, 5, 5], ['n', 2, 5, 5])),
    ('pool', ([node('MaxPool', ['x'], ['h'], kernel_shape=[2, 2], strides=[2, 2]), node('Flatten', ['h'], ['y'])], {}, ['n', 1, 4, 4], ['n', 4])),
    ('norm', ([node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'])], {'s': weight(2), 'b': weight(2), 'm': weight(2), 'v': np.ones(2, 'f4')}, ['n', 2, 3, 3], ['n', 2, 3, 3])),
    ('softmax', ([node('Softmax', ['x'], ['y'], axis=1)], {}, ['n', 4], ['n', 4])),
    ('reshape', ([node('Reshape', ['x', 'shape'], ['y'])], {'shape': np.array([-1, 4])}, ['n', 2, 2], ['n', 4])),
    ('twice', ([node('Sigmoid', ['x'], ['h']), node('Tanh', ['h'], ['y'])], {}, ['n', 4], ['n', 4])),
    ('sum', ([node('Relu', ['x'], ['h']), node('Add', ['x', 'h'], ['y'])], {}, ['n', 4], ['n', 4])),
]:
    add('onnx', name, model(*parts))

# Models of Keras and TensorFlow.js, and Hebb's own files
import document_samples, keras_samples
for part in [keras_samples, document_samples]:
    for format, name, data in part.samples(): add(format, name, data)

for format in ['safetensors', 'onnx']:
    out['weights'] += [['%s-%s' % (format, name), data] for name, data in out[format]]

json.dump(out, sys.stdout)
