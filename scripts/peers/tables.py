# The sets of wattle as scikit-learn and its like take them: the same rows in the same order, the same scale, the same
# ways of preparing, learned from the same training rows. SPDX-License-Identifier: MIT
import csv
import gzip
import json
import os

import numpy as np

DATASETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets")


class Table:
    """x: (rows, features) f32, or a sparse matrix; y; the columns that hold categories. Training rows come first."""

    def __init__(self, x, y, train_rows, classes, categories=()):
        self.x, self.y, self.train_rows, self.classes, self.categories = x, y, train_rows, classes, list(categories)


# --- files ----------------------------------------------------------------------------------------


def about(name):
    with open(os.path.join(DATASETS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def indices(texts):
    """Categories and classes are numbered in the order of their names."""
    names = sorted(set(texts))
    return np.array([names.index(text) for text in texts], np.float32), names


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def read_csv(name, info):
    with gzip.open(os.path.join(DATASETS, name, name + ".csv.gz"), "rt", encoding="utf-8") as file:
        columns = list(zip(*list(csv.reader(file))[1:]))
    x, categories = [], []
    for at, column in enumerate(columns[:-1]):
        if all(is_number(value) for value in column):
            x.append(np.array(column, np.float32))
        else:
            x.append(indices(column)[0])
            categories.append(at)
    regression = info["task"] == "regression"
    y = np.array(columns[-1], np.float32) if regression else indices(columns[-1])[0].astype(np.int64)
    x = np.stack(x, axis=1)
    if info["byte_max"]:
        x *= np.float32(1) / np.float32(info["byte_max"])
    return Table(x, y, info["rows"]["train"], 0 if regression else len(set(columns[-1])), categories)


def idx(folder, name):
    with gzip.open(os.path.join(folder, name)) as file:
        raw = file.read()
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])


def read_idx(name, info):
    folder = os.path.join(DATASETS, name)
    if not os.path.isdir(folder):
        folder = os.environ["PEERS_DATA"]
    y = [idx(folder, part + "-labels-idx1-ubyte.gz") for part in ("train", "t10k")]
    x = [idx(folder, part + "-images-idx3-ubyte.gz").reshape(len(labels), -1)
         for part, labels in zip(("train", "t10k"), y)]
    scale = np.float32(1) / np.float32(info["byte_max"])
    return Table(np.concatenate(x).astype(np.float32) * scale, np.concatenate(y).astype(np.int64), len(y[0]),
                 len(info["classes"]))


def read_svm(name, info):
    from sklearn.datasets import load_svmlight_file
    x, y = load_svmlight_file(os.path.join(DATASETS, name, name + ".svm.gz"), n_features=info["columns"],
                              dtype=np.float32)
    return Table(x, y.astype(np.int64), info["rows"]["train"], len(info["classes"]))


def read(name):
    info = about(name)
    if any(file.endswith(".csv.gz") for file in info["files"]):
        return read_csv(name, info)
    if any(file.endswith(".svm.gz") for file in info["files"]):
        return read_svm(name, info)
    return read_idx(name, info)


# --- preparing ------------------------------------------------------------------------------------


def standardize(table, train):
    numbers = [at for at in range(table.x.shape[1]) if at not in table.categories]
    rows = table.x[train][:, numbers].astype(np.float64)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1
    table.x[:, numbers] = ((table.x[:, numbers] - mean) / deviation).astype(np.float32)


def onehot(table, train, drop="false"):
    columns, names = [], table.categories
    for at in range(table.x.shape[1]):
        if at not in names:
            columns.append(table.x[:, at])
            continue
        for value in np.unique(table.x[train, at])[drop == "true":]:
            columns.append((table.x[:, at] == value).astype(np.float32))
    table.x, table.categories = np.stack(columns, axis=1), []


def numbers(x):
    """Those of a sparse matrix that are there, or all; in place."""
    return x if isinstance(x, np.ndarray) else x.data


def counts(table, _, to="log"):
    x = numbers(table.x)
    x[:] = np.log1p(x) if to == "log" else (x > 0)


def idf(table, train):
    had = np.asarray((table.x[train] != 0).sum(axis=0), np.float64).ravel()
    weight = (np.log((1 + len(train)) / (1 + had)) + 1).astype(np.float32)
    if isinstance(table.x, np.ndarray):
        table.x *= weight
    else:
        table.x.data *= weight[table.x.indices]


def normalize(table, _):
    from sklearn.preprocessing import normalize as unit
    table.x = unit(table.x)


def dense(table, _):
    table.x = np.asarray(table.x.todense())


WAYS = {"standardize": standardize, "onehot": onehot, "counts": counts, "idf": idf, "normalize": normalize,
        "dense": dense}


def prepare(table, ways, train):
    for way in filter(None, (word.strip() for word in (ways or "").split(";"))):
        name, *settings = way.split()
        WAYS[name](table, train, **dict(setting.split("=") for setting in settings))


def load(name, ways="", held=None, rows=0):
    """Training rows and answers, the rows and answers to be scored, and whether the answers are classes. held: rows
    that are scored instead of the test rows; rows: the first so many training rows."""
    table = read(name)
    train = np.arange(rows or table.train_rows)
    test = np.arange(table.train_rows, len(table.y))
    if held:
        test = np.array(held)
        train = np.setdiff1d(train, test)
    prepare(table, ways, train)
    return table.x[train], table.y[train], table.x[test], table.y[test], bool(table.classes)
