"""As much of GGUF version 3 as one small model needs: write it, and read it back to check.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct

import numpy as np

_MAGIC, _VERSION, _ALIGNMENT = b"GGUF", 3, 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_SCALARS = {_UINT32: "<I", _INT32: "<i", _FLOAT32: "<f", _BOOL: "<?"}
_F32, _Q8_0 = 0, 8
_BLOCK = np.dtype([("scale", "<f2"), ("values", "i1", 32)])


def write(path, metadata, weights):
    """Writes `metadata` (str, bool, int, float, and lists of str or int) and `weights` (name to array).

    Matrices become Q8_0, their rows multiples of 32; vectors stay F32.
    """
    tensors = {name: _encode(array) for name, array in weights.items()}
    with open(path, "wb") as file:
        file.write(_MAGIC + struct.pack("<IQQ", _VERSION, len(tensors), len(metadata)))
        for key, value in metadata.items():
            file.write(_text(key) + _value(value))
        offset = 0
        for name, (kind, data) in tensors.items():
            shape = weights[name].shape[::-1]
            file.write(_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
            offset += _aligned(len(data))
        file.write(bytes(_aligned(file.tell()) - file.tell()))
        for _, data in tensors.values():
            file.write(data + bytes(_aligned(len(data)) - len(data)))


def read(path):
    """(metadata, weights as float32 arrays) of a file that `write` made; ValueError for anything else."""
    with open(path, "rb") as file:
        magic, version, tensors, keys = struct.unpack("<4sIQQ", file.read(24))
        if (magic, version) != (_MAGIC, _VERSION):
            raise ValueError(f"{path} is not GGUF version {_VERSION}")
        metadata = {_read_text(file): _read_value(file) for _ in range(keys)}
        infos = []
        for _ in range(tensors):
            name = _read_text(file)
            (dimensions,) = struct.unpack("<I", file.read(4))
            *shape, kind, offset = struct.unpack(f"<{dimensions}QIQ", file.read(8 * dimensions + 12))
            infos.append((name, shape[::-1], kind, offset))
        start = _aligned(file.tell())
        weights = {name: _decode(file, start + offset, shape, kind) for name, shape, kind, offset in infos}
    return metadata, weights


def rounded(array):
    """`array` as it will be after Q8_0 (matrices) or F32 (vectors)."""
    if array.ndim == 1:
        return array.astype(np.float32)
    blocks = np.frombuffer(_encode(array)[1], _BLOCK)
    return (blocks["values"] * blocks["scale"].astype(np.float32)[:, None]).reshape(array.shape)


def _encode(array):
    """(tensor type, bytes): Q8_0 keeps 32 values as one scale and 32 signed bytes."""
    if array.ndim == 1:
        return _F32, array.astype("<f4").tobytes()
    if array.shape[1] % 32:
        raise ValueError(f"rows of {array.shape[1]} are not whole Q8_0 blocks")
    values = array.astype(np.float32).reshape(-1, 32)
    scale = np.abs(values).max(axis=1) / 127
    blocks = np.zeros(len(values), _BLOCK)
    blocks["scale"] = scale
    blocks["values"] = np.round(values / np.where(scale > 0, scale, 1)[:, None])
    return _Q8_0, blocks.tobytes()


def _decode(file, at, shape, kind):
    file.seek(at)
    count = int(np.prod(shape))
    if kind == _F32:
        return np.frombuffer(file.read(4 * count), "<f4").reshape(shape)
    if kind != _Q8_0:
        raise ValueError(f"tensor type {kind} is neither F32 nor Q8_0")
    blocks = np.frombuffer(file.read(count // 32 * _BLOCK.itemsize), _BLOCK)
    return (blocks["values"] * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def _kind(value):
    return {str: _STRING, bool: _BOOL, int: _UINT32, float: _FLOAT32}[type(value)]


def _value(value):
    if isinstance(value, list):
        kind = _STRING if isinstance(value[0], str) else _INT32
        items = map(_text, value) if kind == _STRING else (struct.pack("<i", item) for item in value)
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(items)
    kind = _kind(value)
    return struct.pack("<I", kind) + (_text(value) if kind == _STRING else struct.pack(_SCALARS[kind], value))


def _read_value(file):
    (kind,) = struct.unpack("<I", file.read(4))
    if kind == _ARRAY:
        item, count = struct.unpack("<IQ", file.read(12))
        return [_read_item(file, item) for _ in range(count)]
    return _read_item(file, kind)


def _read_item(file, kind):
    if kind == _STRING:
        return _read_text(file)
    if kind not in _SCALARS:
        raise ValueError(f"metadata type {kind} is not one that this file writes")
    return struct.unpack(_SCALARS[kind], file.read(struct.calcsize(_SCALARS[kind])))[0]


def _text(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _read_text(file):
    (length,) = struct.unpack("<Q", file.read(8))
    return file.read(length).decode("utf-8")


def _aligned(size):
    return -(-size // _ALIGNMENT) * _ALIGNMENT
