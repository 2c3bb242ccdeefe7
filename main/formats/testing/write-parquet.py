"""Writes the Parquet files of main/formats/testing/parquet with pyarrow, and what they hold. Run as: write-parquet.py FOLDER ROWS"""
import datetime, decimal, io, json, sys
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder, rows = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(7)
holes = random.random(rows) < 0.2


def masked(values, type=None):
    return pa.array([None if hole else value for value, hole in zip(values, holes)], type=type)


words = ['cat', 'dog', 'Äpfel', '日本', 'a longer word with spaces', '']
whole = random.integers(-1000, 1000, rows)
wide = random.integers(-2**53, 2**53, rows)
real = random.normal(size=rows)
texts = [words[index] for index in random.integers(0, len(words), rows)]
table = pa.table({
    'i8': masked(whole.astype('i1').tolist(), pa.int8()), 'u8': masked(whole.astype('u1').tolist(), pa.uint8()),
    'i16': pa.array(whole.astype('i2')), 'u16': pa.array(whole.astype('u2')),
    'i32': masked(whole.tolist(), pa.int32()), 'u32': pa.array(whole.astype('u4')),
    'i64': masked(wide.tolist(), pa.int64()), 'u64': pa.array(np.abs(wide).astype('u8')),
    'f16': pa.array(real.astype('f2')), 'f32': masked(real.astype('f4').tolist(), pa.float32()), 'f64': masked(real.tolist(), pa.float64()),
    'bool': masked((whole > 0).tolist(), pa.bool_()), 'text': masked(texts, pa.string()), 'large': pa.array(texts, pa.large_string()),
    'decimal': masked([decimal.Decimal(int(value)) / 100 for value in whole], pa.decimal128(12, 2)),
    'date': pa.array([datetime.date(2020, 1, 1) + datetime.timedelta(days=int(value)) for value in whole]),
    'time': pa.array((whole + 1000).astype('i8') * 1000, pa.timestamp('us')),
    'category': pa.array(texts).dictionary_encode(), 'nothing': pa.array([None] * rows, pa.float64()),
})


def plain(name, value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return (value - datetime.date(1970, 1, 1)).days
    if isinstance(value, datetime.datetime):
        return round((value - datetime.datetime(1970, 1, 1)).total_seconds() * 1_000_000)
    return float(value)


expected = {'flat': {name: [plain(name, value) for value in table.column(name).to_pylist()] for name in table.column_names}}
variants = {
    'none-v1': dict(compression='none', data_page_version='1.0', version='2.6'),
    'snappy-v1': dict(compression='snappy'),
    'snappy-v2': dict(compression='snappy', data_page_version='2.0', row_group_size=max(1, rows // 3)),
    'gzip-v2': dict(compression='gzip', data_page_version='2.0', use_dictionary=False),
    'brotli-v1': dict(compression='brotli', use_dictionary=['text', 'i32']),
    'lz4-v1': dict(compression='lz4', data_page_size=64, write_batch_size=16),
    'zstd-v2': dict(compression='zstd', data_page_version='2.0', data_page_size=64, write_batch_size=16, dictionary_pagesize_limit=100),
    'deltas-v2': dict(compression='zstd', data_page_version='2.0', use_dictionary=False, column_encoding={
        'i32': 'DELTA_BINARY_PACKED', 'i64': 'DELTA_BINARY_PACKED', 'u32': 'DELTA_BINARY_PACKED', 'u64': 'DELTA_BINARY_PACKED',
        'text': 'DELTA_BYTE_ARRAY', 'large': 'DELTA_LENGTH_BYTE_ARRAY', 'f32': 'BYTE_STREAM_SPLIT', 'f64': 'BYTE_STREAM_SPLIT',
        'i16': 'BYTE_STREAM_SPLIT', 'f16': 'BYTE_STREAM_SPLIT', 'bool': 'RLE'}),
    'deltas-v1': dict(compression='none', use_dictionary=False, column_encoding={
        'i8': 'DELTA_BINARY_PACKED', 'text': 'DELTA_LENGTH_BYTE_ARRAY', 'large': 'DELTA_BYTE_ARRAY', 'i64': 'BYTE_STREAM_SPLIT'}),
}
for name, options in variants.items():
    pq.write_table(table, f'{folder}/{name}.parquet', **options)

# As the hubs of data sets have images with classes: bytes and path in a record, names of classes in the notes of the file.
images = [bytes([137, 80, 78, 71, index % 256]) + bytes(index * 7 % 50) for index in range(rows)]
labels = random.integers(-1, 3, rows)
struct = pa.array([None if hole else {'bytes': image, 'path': f'{index}.png'} for index, (image, hole) in enumerate(zip(images, holes))],
                  pa.struct([('bytes', pa.binary()), ('path', pa.string())]))
features = {'image': {'_type': 'Image'}, 'label': {'names': ['airplane', 'bird', 'cat'], '_type': 'ClassLabel'}, 'split': {'dtype': 'string', '_type': 'Value'}}
hub = pa.table({'image': struct, 'label': pa.array(labels), 'split': pa.array(['train' if index % 4 else 'test' for index in range(rows)])})
hub = hub.replace_schema_metadata({'huggingface': json.dumps({'info': {'features': features}})})
pq.write_table(hub, f'{folder}/images.parquet', row_group_size=max(1, rows // 2))
expected['images'] = {'image': [None if hole else list(image) for image, hole in zip(images, holes)], 'label': [int(label) for label in labels]}

nested = pa.table({'x': [1.5, 2.5], 'list': [[1, 2], [3]], 'map': pa.array([[('a', 1)], []], pa.map_(pa.string(), pa.int32())),
                   'record': [{'a': 1, 'b': 2}, {'a': 3, 'b': 4}], 'raw': pa.array([b'123', b'456'], pa.binary(3))})
pq.write_table(nested, f'{folder}/nested.parquet')
pq.write_table(pa.table({'t': pa.array([datetime.datetime(2020, 1, 1)])}), f'{folder}/int96.parquet', use_deprecated_int96_timestamps=True)
pq.write_table(table.slice(0, 0), f'{folder}/empty.parquet')
json.dump(expected, open(f'{folder}/expected.json', 'w'))
