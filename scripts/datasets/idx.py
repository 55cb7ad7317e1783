# What the scripts of this folder share: IDX files in and out, gzipped with no time stamp, and their checksum.
# SPDX-License-Identifier: MIT
import gzip
import hashlib
import os
import struct
import zlib

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def pack(sizes, content):
    """The bytes of an IDX file of unsigned bytes."""
    return struct.pack(">BBBB", 0, 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + bytes(content)


def read(path):
    """The content of a gzipped IDX file behind its header."""
    with gzip.open(path) as file:
        raw = file.read()
    return raw[4 + 4 * raw[3]:]


def squeeze(raw):
    """Gzip, level 9, without time stamp and name, so that the same zlib gives the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 15 + 16, 9)
    return packer.compress(raw) + packer.flush()


def write(folder, train, test, height, width):
    """Writes the four files of a set into folder; train and test are lists of (label, image bytes).
    Prints the SHA-256 of the uncompressed files, one after the other."""
    os.makedirs(folder, exist_ok=True)
    digest = hashlib.sha256()
    parts = []
    for rows in (train, test):
        parts.append(pack((len(rows), height, width), b"".join(image for _, image in rows)))
        parts.append(pack((len(rows),), bytes(label for label, _ in rows)))
    for name, raw in zip(NAMES, parts):
        digest.update(raw)
        with open(os.path.join(folder, name + ".gz"), "wb") as file:
            file.write(squeeze(raw))
    print(digest.hexdigest())
