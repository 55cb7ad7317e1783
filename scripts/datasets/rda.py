# Reads data frames from R's files without R: .rda and .rds (gzip, bzip2, xz or plain) and lazy-load databases (.rdx, .rdb).
# SPDX-License-Identifier: MIT
#
# Format: "R Internals", section 1.8 (serialization, XDR, versions 2 and 3), and R's src/main/serialize.c for lazy loading.
import bz2
import gzip
import lzma
import struct
import zlib

NILVALUE, GLOBALENV, BASEENV, EMPTYENV = 254, 253, 241, 242
REFERENCE, NAMESPACE, PACKAGE, PERSISTENT, MISSINGARG, UNBOUND, ALTREP = 255, 249, 250, 247, 251, 252, 238
SYMBOL, PAIRLIST, CLOSURE, ENVIRONMENT, LANGUAGE, CHARACTERS, LOGICAL = 1, 2, 3, 4, 6, 9, 10
INTEGER, REAL, STRING, LIST = 13, 14, 16, 19
MISSING_INTEGER = -2147483648


class Vector(list):
    """An R vector; its attributes are a dictionary."""

    attributes = {}


class Reader:
    def __init__(self, raw):
        self.raw = raw
        self.at = 0
        self.references = []
        if raw[:5] in (b"RDX2\n", b"RDX3\n"):
            self.at = 5
        if raw[self.at:self.at + 2] != b"X\n":
            raise ValueError("not R's XDR format")
        self.at += 2
        version = self.integer()
        self.at += 8
        if version == 3:
            encoding = self.integer()
            self.at += encoding

    def integer(self):
        value = struct.unpack_from(">i", self.raw, self.at)[0]
        self.at += 4
        return value

    def numbers(self, letter, size):
        n = self.integer()
        values = Vector(struct.unpack_from(f">{n}{letter}", self.raw, self.at))
        self.at += n * size
        return values

    def pairs(self):
        """A pairlist as a dictionary; what has no name has its number."""
        out = {}
        while True:
            flags = self.integer()
            if flags & 255 == NILVALUE:
                return out
            self.pair(flags, out)

    def pair(self, flags, out):
        if flags & 512:
            self.item()
        tag = self.item() if flags & 1024 else len(out)
        out[tag] = self.item()

    def text(self):
        n = self.integer()
        if n == -1:
            return None
        self.at += n
        return self.raw[self.at - n:self.at].decode("utf-8", "replace")

    def altrep(self):
        info, state, attributes = self.item(), self.item(), self.item()
        kind = list(info.values())[0]
        if kind == "compact_intseq":
            n, first, step = state
            return Vector(int(first + i * step) for i in range(int(n)))
        if kind.startswith("wrap_"):
            value = state[0] if isinstance(state, list) else list(state.values())[0]
            if attributes:
                value.attributes = attributes
            return value
        raise ValueError(f"unknown compact vector {kind}")

    def environment(self):
        self.integer()
        place = {}
        self.references.append(place)
        for _ in range(4):
            self.item()
        return place

    def item(self):
        flags = self.integer()
        kind = flags & 255
        if kind in (NILVALUE, GLOBALENV, BASEENV, EMPTYENV, MISSINGARG, UNBOUND):
            return None
        if kind == REFERENCE:
            return self.references[(flags >> 8 or self.integer()) - 1]
        if kind == SYMBOL:
            self.references.append(self.item())
            return self.references[-1]
        if kind in (NAMESPACE, PACKAGE, PERSISTENT):
            self.integer()
            self.references.append([self.item() for _ in range(self.integer())])
            return self.references[-1]
        if kind == ENVIRONMENT:
            return self.environment()
        if kind in (PAIRLIST, LANGUAGE, CLOSURE):
            out = {}
            self.pair(flags, out)
            if kind == PAIRLIST:
                out.update(self.pairs())
            return out
        if kind == CHARACTERS:
            return self.text()
        if kind == ALTREP:
            return self.altrep()
        if kind in (LOGICAL, INTEGER):
            value = self.numbers("i", 4)
        elif kind == REAL:
            value = self.numbers("d", 8)
        elif kind in (STRING, LIST):
            value = Vector(self.item() for _ in range(self.integer()))
        else:
            raise ValueError(f"unknown R type {kind}")
        if flags & 512:
            value.attributes = self.pairs()
        return value


def unpack(raw):
    if raw[:2] == b"\x1f\x8b":
        return gzip.decompress(raw)
    if raw[:3] == b"BZh":
        return bz2.decompress(raw)
    if raw[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(raw)
    return raw


def lazy(raw):
    """An entry of a .rdb file: the size, for bzip2 and xz a letter, the packed bytes."""
    if raw[4:5] in (b"2", b"Z", b"0"):
        return {b"2": bz2.decompress, b"Z": lambda r: lzma.decompress(r, lzma.FORMAT_RAW, filters=[
            {"id": lzma.FILTER_LZMA2, "preset": 6}]), b"0": bytes}[raw[4:5]](raw[5:])
    return zlib.decompress(raw[4:])


def read(path):
    """The objects of an .rda file, by name."""
    with open(path, "rb") as file:
        return Reader(unpack(file.read())).item()


def read_lazy(stem, name):
    """The object called name of the database stem.rdx, stem.rdb."""
    with open(stem + ".rdx", "rb") as file:
        raw = file.read()
    index = Reader(zlib.decompress(raw) if raw[:1] == b"x" else unpack(raw)).item()
    places = dict(zip(index.attributes["names"], index))
    place = dict(zip(places["variables"].attributes["names"], places["variables"]))[name]
    with open(stem + ".rdb", "rb") as file:
        file.seek(place[0])
        return Reader(lazy(file.read(place[1]))).item()


def table(frame):
    """The columns of a data frame by name: numbers as they are, factors as their texts; None: missing."""
    out = {}
    for name, column in zip(frame.attributes["names"], frame):
        levels = column.attributes.get("levels")
        if levels:
            column = [None if i == MISSING_INTEGER else levels[i - 1] for i in column]
        out[name] = list(column)
    return out
