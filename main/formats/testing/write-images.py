"""Writes images with Pillow in many kinds and prints, as JSON, what each holds as Pillow reads it again (base64 of the pixels), and
what Pillow makes of one of them in other sizes. Given files, it prints what
Pillow reads from those."""
import base64, io, json, struct, sys
import numpy as np
from PIL import Image, ImageOps

if len(sys.argv) > 1:
    read = {}
    for path in sys.argv[1:]:
        pixels = np.asarray(Image.open(path))
        read[path] = {'shape': list(pixels.shape), 'bits': pixels.dtype.itemsize * 8, 'pixels': pixels.ravel().tolist()}
    json.dump(read, sys.stdout)
    sys.exit()

random = np.random.default_rng(5)
out = []

def add(name, data, mode=None, expected=None, tolerance=0):
    """`mode` is how Pillow shall give the pixels; `expected` replaces what it gives."""
    if expected is None:
        expected = np.asarray(Image.open(io.BytesIO(data)).convert(mode) if mode else Image.open(io.BytesIO(data)))
    expected = np.ascontiguousarray(expected)
    height, width = expected.shape[:2]
    out.append({'name': name, 'file': base64.b64encode(data).decode(), 'width': width, 'height': height,
                'channels': 1 if expected.ndim == 2 else expected.shape[2], 'bits': expected.dtype.itemsize * 8,
                'pixels': base64.b64encode(expected.tobytes()).decode(), 'tolerance': tolerance})

def save(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()

def picture(height, width, channels=3):
    """Smooth, with noise: every filter of PNG has something to do."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(127 + 100 * np.sin(x / (3 + c) + y / (5 - c)) + random.integers(-20, 20, (height, width))).clip(0, 255) for c in range(channels)]
    return np.stack(planes, -1).astype('u1') if channels > 1 else planes[0].astype('u1')

rgb, grey, rgba = Image.fromarray(picture(11, 13)), Image.fromarray(picture(11, 13, 1)), Image.fromarray(picture(11, 13, 4))
wide = Image.fromarray(picture(40, 67))
palette = rgb.quantize(23)
few = rgb.quantize(4)
greyAlpha = Image.merge('LA', [grey, rgba.getchannel(3)])
deep = random.integers(0, 65536, (9, 7), dtype='u2')
deep[0, 0], deep[1, 1] = 0, 65535

# PNG
for name, image, mode in [('grey', grey, None), ('rgb', rgb, None), ('rgba', rgba, None), ('wide', wide, None), ('grey-alpha', greyAlpha, 'RGBA'),
                          ('palette', palette, 'RGB'), ('palette-2-bit', few, 'RGB'), ('one-bit', grey.convert('1'), 'L'), ('one-pixel', rgb.crop((0, 0, 1, 1)), None)]:
    add('png/' + name, save(image, 'PNG'), mode)
add('png/stored', save(rgb, 'PNG', compress_level=0))
add('png/optimised', save(rgb, 'PNG', optimize=True))
add('png/deep', save(Image.fromarray(deep), 'PNG'), expected=deep)
add('png/clear-grey', save(grey, 'PNG', transparency=int(np.asarray(grey)[3, 4])), 'RGBA')
add('png/clear-colour', save(rgb, 'PNG', transparency=tuple(int(v) for v in np.asarray(rgb)[3, 4])), 'RGBA')
add('png/clear-index', save(palette, 'PNG', transparency=3), 'RGBA')
add('png/clear-indices', save(palette, 'PNG', transparency=bytes([10, 200, 255, 7])), 'RGBA')
add('png/comments', save(rgb, 'PNG', dpi=(72, 72)))

# JPEG: the inverse transform may be done in several ways that differ by a step or two; two decoders of one library, SIMD or not.
for name, image, options in [('grey', grey, {}), ('rgb', rgb, {}), ('full-colour', rgb, {'subsampling': 0}), ('wide', wide, {}), ('progressive', wide, {'progressive': True}),
                             ('optimised', rgb, {'optimize': True}), ('coarse', wide, {'quality': 20}), ('fine', wide, {'quality': 98}), ('one-pixel', rgb.crop((0, 0, 1, 1)), {}),
                             ('half-colour', wide, {'subsampling': 1}), ('grey-progressive', grey, {'progressive': True}), ('restarts', wide, {'restart_marker_blocks': 2})]:
    add('jpeg/' + name, save(image, 'JPEG', **options), tolerance=4)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(wide, 'JPEG', exif=exif.tobytes(), subsampling=0)
    add('jpeg/orientation-%d' % orientation, data, expected=np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))), tolerance=4)

# WebP: both read with libwebp.
for name, image, options in [('lossy', rgb, {}), ('lossless', rgb, {'lossless': True}), ('lossless-alpha', rgba, {'lossless': True, 'exact': True}), ('lossy-alpha', rgba, {'exact': True}),
                             ('wide', wide, {}), ('wide-lossless', wide, {'lossless': True}), ('one-pixel', rgb.crop((0, 0, 1, 1)), {'lossless': True}),
                             ('coarse', wide, {'quality': 10}), ('fine', wide, {'quality': 100}), ('grey', grey.convert('RGB'), {'lossless': True}), ('column', rgb.crop((0, 0, 1, 9)), {'lossless': True}), ('slow', wide, {'lossless': True, 'method': 6})]:
    add('webp/' + name, save(image, 'WEBP', **options), tolerance=1 if 'loss' not in name else 0)

# BMP
for name, image, mode in [('rgb', rgb, None), ('grey', grey, 'RGB'), ('rgba', rgba, None), ('palette', palette, 'RGB'), ('one-bit', grey.convert('1'), 'RGB'), ('wide', wide, None),
                          ('one-pixel', rgb.crop((0, 0, 1, 1)), None), ('one-column', rgb.crop((0, 0, 1, 9)), None), ('two-columns', rgb.crop((0, 0, 2, 9)), None), ('four-columns', rgb.crop((0, 0, 4, 9)), None), ('three-columns', rgb.crop((0, 0, 3, 9)), None)]:
    add('bmp/' + name, save(image, 'BMP'), mode)

# Kinds of BMP that Pillow reads but does not write
def bitmap(name, bits, compression, body, masks=b'', palette=b'', height=2, mode=None):
    header = struct.pack('<IiiHHIIiiII', 40, 4, height, 1, bits, compression, len(body), 0, 0, len(palette) // 4, 0)
    offset = 14 + len(header) + len(masks) + len(palette)
    # Pillow cuts where 5 and 6 bits become 8; here they are rounded.
    add('bmp/' + name, b'BM' + struct.pack('<IHHI', offset + len(body), 0, 0, offset) + header + masks + palette + body, mode, tolerance=1 if bits == 16 else 0)
four = bytes([0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 40, 90, 200, 0])
bitmap('runs-8', 8, 1, bytes([3, 1, 1, 2, 0, 0, 0, 4, 3, 2, 1, 0, 0, 1]), palette=four, mode='RGB')
bitmap('runs-4', 4, 2, bytes([4, 0x12, 0, 0, 0, 4, 0x32, 0x10, 0, 1]), palette=four, mode='RGB')
bitmap('deep-555', 16, 0, random.integers(0, 32768, 8, dtype='<u2').tobytes())
bitmap('masks-565', 16, 3, random.integers(0, 65536, 8, dtype='<u2').tobytes(), masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f))
bitmap('masks-32', 32, 3, random.integers(0, 2 ** 32, 8, dtype='<u4').tobytes(), masks=struct.pack('<III', 0xff0000, 0xff00, 0xff))
bitmap('from-above', 24, 0, random.integers(0, 256, 24, dtype='u1').tobytes(), height=-2)
bitmap('four-bits', 4, 0, bytes([0x01, 0x23, 0, 0, 0x32, 0x10, 0, 0]), palette=four, mode='RGB')

# GIF
for name, image, options in [('palette', palette, {}), ('grey', grey, {}), ('one-bit', grey.convert('1'), {}), ('four-colours', few, {}), ('interlaced', palette, {'interlace': 1}),
                             ('not-interlaced', palette, {'interlace': 0}), ('comment', palette, {'comment': b'x' * 700}), ('wide', wide.quantize(256), {}),
                             ('one-pixel', palette.crop((0, 0, 1, 1)), {}), ('big', Image.fromarray(picture(200, 190)).quantize(256), {})]:
    add('gif/' + name, save(image, 'GIF', **options), 'RGB')
add('gif/clear', save(palette, 'GIF', transparency=2), 'RGBA')
add('gif/frames', save(palette, 'GIF', save_all=True, append_images=[few, palette.transpose(Image.FLIP_TOP_BOTTOM)], loop=0), 'RGB')

# TIFF
for compression in [None, 'tiff_lzw', 'tiff_adobe_deflate', 'packbits', 'tiff_deflate']:
    for name, image in [('rgb', rgb), ('grey', grey), ('wide', wide), ('rgba', rgba)]:
        add('tiff/%s-%s' % (name, compression), save(image, 'TIFF', compression=compression))
    add('tiff/palette-%s' % compression, save(palette, 'TIFF', compression=compression), 'RGB')
    add('tiff/one-bit-%s' % compression, save(grey.convert('1'), 'TIFF', compression=compression), 'L')
    add('tiff/deep-%s' % compression, save(Image.fromarray(deep), 'TIFF', compression=compression), expected=deep)
for compression in ['tiff_lzw', 'tiff_adobe_deflate']:
    add('tiff/difference-%s' % compression, save(wide, 'TIFF', compression=compression, tiffinfo={317: 2}))
    add('tiff/deep-difference-%s' % compression, save(Image.fromarray(deep), 'TIFF', compression=compression, tiffinfo={317: 2}), expected=deep)
    add('tiff/strips-%s' % compression, save(Image.fromarray(picture(200, 190)), 'TIFF', compression=compression, tiffinfo={278: 16}))

# Other sizes
def framed(image, width, height):
    inner = ImageOps.contain(image, (width, height), Image.BILINEAR)
    frame = Image.new(image.mode, (width, height), (200, 30, 90) if image.mode == 'RGB' else 88)
    frame.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
    return frame

resized = []
for source in ['grey', 'wide', 'rgba']:
    image = {'grey': grey, 'wide': wide, 'rgba': rgba.convert('RGBA')}[source]
    if source == 'rgba':
        image = Image.alpha_composite(Image.new('RGBA', image.size, (200, 30, 90, 255)), image).convert('RGB')
    for width, height in [(28, 28), (5, 7), (100, 90), (1, 1), (67, 20), (13, 11)]:
        resized.append({'source': 'png/' + source, 'width': width, 'height': height, 'resampling': 'bilinear', 'fit': 'stretch',
                        'pixels': np.asarray(image.resize((width, height), Image.BILINEAR)).ravel().tolist()})
        resized.append({'source': 'png/' + source, 'width': width, 'height': height, 'resampling': 'bilinear', 'fit': 'crop',
                        'pixels': np.asarray(ImageOps.fit(image, (width, height), Image.BILINEAR)).ravel().tolist()})
        resized.append({'source': 'png/' + source, 'width': width, 'height': height, 'resampling': 'bilinear', 'fit': 'contain',
                        'pixels': np.asarray(framed(image, width, height)).ravel().tolist()})
    # No new centre falls between two pixels, where rounding decides.
    for width, height in [(32, 32), (16, 8), (64, 128)]:
        resized.append({'source': 'png/' + source, 'width': width, 'height': height, 'resampling': 'nearest', 'fit': 'stretch',
                        'pixels': np.asarray(image.resize((width, height), Image.NEAREST)).ravel().tolist()})
for width, height in [(32, 20), (16, 10), (8, 4), (4, 2), (1, 1)]:
    image = wide.crop((0, 0, 64, 40))
    resized.append({'source': 'png/corner', 'width': width, 'height': height, 'resampling': 'area', 'fit': 'stretch',
                    'pixels': np.asarray(image.resize((width, height), Image.BOX)).ravel().tolist()})
add('png/corner', save(wide.crop((0, 0, 64, 40)), 'PNG'))
greys = {name: np.asarray(image.convert('L')).ravel().tolist() for name, image in [('png/wide', wide), ('png/rgb', rgb)]}

json.dump({'images': out, 'resized': resized, 'greys': greys}, sys.stdout)
