"""Small models as Keras 2, Keras 3 and TensorFlow.js lay them out, written with h5py and Python's own modules: format, name, bytes."""
import io, json, struct, zipfile
import h5py
import numpy as np

random = np.random.default_rng(11)
weight = lambda *shape: random.normal(size=shape).astype('f4')

def layer(kind, name, weights=(), **config):
    return kind, name, list(weights), {'name': name, **config}

def dense(name, before, units, **config):
    return layer('Dense', name, [('kernel', weight(before, units)), ('bias', weight(units))], units=units, use_bias=True, activation=config.pop('activation', 'linear'), **config)

"""Sequential models: the shape of a sample, and layers."""
models = {
    'dense': ((4,), [dense('d', 4, 3)]),
    'two': ((4,), [dense('a', 4, 3, activation='relu'), dense('b', 3, 2, activation='softmax')]),
    'conv': ((4, 4, 1), [layer('Conv2D', 'c', [('kernel', weight(3, 3, 1, 2)), ('bias', weight(2))], filters=2, kernel_size=[3, 3], strides=[1, 1], padding='same', use_bias=True, activation='linear', data_format='channels_last')]),
    'pool': ((4, 4, 1), [layer('MaxPooling2D', 'p', pool_size=[2, 2], strides=[2, 2], padding='valid', data_format='channels_last'), layer('Flatten', 'f', data_format='channels_last'), dense('d', 4, 2)]),
    'norm': ((3,), [layer('BatchNormalization', 'n', [(name, np.abs(weight(3)) + .1) for name in ['gamma', 'beta', 'moving_mean', 'moving_variance']], axis=[1], momentum=.99, epsilon=.001, center=True, scale=True), dense('d', 3, 2)]),
    'dropout': ((3,), [layer('Dropout', 'o', rate=.5), dense('d', 3, 2)]),
    'lstm': ((3, 2), [layer('LSTM', 'l', [('kernel', weight(2, 8)), ('recurrent_kernel', weight(2, 8)), ('bias', weight(8))], units=2, activation='tanh', recurrent_activation='sigmoid', use_bias=True, return_sequences=False)]),
    'embedding': ((3,), [layer('Embedding', 'e', [('embeddings', weight(5, 2))], input_dim=5, output_dim=2)]),
    'activation': ((3,), [dense('d', 3, 3), layer('Activation', 'a', activation='sigmoid')]),
    'wide': ((2,), [dense('d', 2, 40)]),
    'global': ((4, 4, 2), [layer('GlobalAveragePooling2D', 'g', data_format='channels_last', keepdims=False), dense('d', 2, 2)]),
}

def described(shape, layers, third):
    start = {'class_name': 'InputLayer', 'config': {('batch_shape' if third else 'batch_input_shape'): [None, *shape], 'dtype': 'float32', 'name': 'x'}}
    return {'class_name': 'Sequential', 'config': {'name': 'sequential', 'layers': [start] + [{'class_name': kind, 'config': config} for kind, _, _, config in layers]}}

"""How an array is kept: plain, in chunks, packed, with checksums."""
keeping = [{}, {'chunks': True}, {'chunks': True, 'compression': 'gzip'}, {'chunks': True, 'shuffle': True, 'compression': 'gzip', 'compression_opts': 9}, {'chunks': True, 'fletcher32': True}]

def hdf5(fill, **options):
    file = io.BytesIO()
    with h5py.File(file, 'w', **options) as root: fill(root)
    return file.getvalue()

def second(shape, layers, how):
    def fill(root):
        root.attrs['backend'] = 'tensorflow'
        root.attrs['keras_version'] = '2.15.0'
        root.attrs['model_config'] = json.dumps(described(shape, layers, False))
        every = root.create_group('model_weights')
        every.attrs['layer_names'] = [name.encode() for _, name, _, _ in layers]
        for _, name, weights, _ in layers:
            group = every.create_group(name)
            group.attrs['weight_names'] = [('%s/%s:0' % (name, part)).encode() for part, _ in weights]
            for part, values in weights: group.create_dataset('%s/%s:0' % (name, part), data=values, **how)
    return fill

def third(layers, how):
    def fill(root):
        counts = {}
        for kind, _, weights, _ in layers:
            snake = {'Dense': 'dense', 'Conv2D': 'conv2d', 'BatchNormalization': 'batch_normalization', 'LSTM': 'lstm', 'Embedding': 'embedding'}.get(kind, kind.lower())
            place = 'layers/%s%s/%svars' % (snake, '_%d' % counts[snake] if counts.get(snake) else '', 'cell/' if kind == 'LSTM' else '')
            counts[snake] = counts.get(snake, 0) + 1
            group = root.create_group(place)
            for index, (_, values) in enumerate(weights): group.create_dataset(str(index), data=values, **how)
    return fill

def samples():
    for index, (name, (shape, layers)) in enumerate(models.items()):
        how = keeping[index % len(keeping)]
        yield 'keras-h5', name, hdf5(second(shape, layers, how), libver='latest' if index % 5 else 'earliest')
        file = io.BytesIO()
        with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED if index % 2 else zipfile.ZIP_STORED) as archive:
            archive.writestr('metadata.json', json.dumps({'keras_version': '3.0.5', 'date_saved': '2024-01-01@00:00:00'}))
            archive.writestr('config.json', json.dumps(described(shape, layers, True)))
            archive.writestr('model.weights.h5', hdf5(third(layers, how), libver='latest'))
        yield 'keras', name, file.getvalue()
        weights = [{'name': '%s/%s' % (one, part), 'shape': list(values.shape), 'dtype': 'float32'} for _, one, every, _ in layers for part, values in every]
        yield 'tensorflow-js', name, json.dumps({
            'format': 'layers-model', 'generatedBy': 'keras v2.15.0', 'convertedBy': 'TensorFlow.js Converter v4.22.0',
            'modelTopology': {'keras_version': '2.15.0', 'backend': 'tensorflow', 'model_config': described(shape, layers, False)},
            'weightsManifest': [{'paths': ['group1-shard1of1.bin'], 'weights': weights}]}).encode()
