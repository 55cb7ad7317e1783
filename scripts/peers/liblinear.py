# liblinear itself (liblinear.so.4 of Debian's liblinear4, 2.3), called as its own programs do, without their files.
# SPDX-License-Identifier: MIT
import ctypes

import numpy as np

SOLVERS = {"svm": 1, "svm-primal": 2, "logistic": 7, "logistic-primal": 0}


class Problem(ctypes.Structure):
    _fields_ = [("rows", ctypes.c_int), ("features", ctypes.c_int), ("y", ctypes.c_void_p), ("x", ctypes.c_void_p),
                ("bias", ctypes.c_double)]


class Parameter(ctypes.Structure):
    _fields_ = [("solver", ctypes.c_int), ("tolerance", ctypes.c_double), ("c", ctypes.c_double),
                ("weights", ctypes.c_int), ("weight_label", ctypes.c_void_p), ("weight", ctypes.c_void_p),
                ("p", ctypes.c_double), ("start", ctypes.c_void_p)]


class Result(ctypes.Structure):
    _fields_ = [("parameter", Parameter), ("classes", ctypes.c_int), ("features", ctypes.c_int),
                ("w", ctypes.POINTER(ctypes.c_double)), ("label", ctypes.POINTER(ctypes.c_int)),
                ("bias", ctypes.c_double)]


NODE = np.dtype({"names": ("index", "value"), "formats": ("<i4", "<f8"), "offsets": (0, 8), "itemsize": 16})
QUIET = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(lambda text: None)


def entries(x):
    """Entries of all rows: row, column, value."""
    if isinstance(x, np.ndarray):
        row, column = np.nonzero(x)
        return row, column, x[row, column]
    x = x.tocsr()
    return np.repeat(np.arange(x.shape[0]), np.diff(x.indptr)), x.indices, x.data


class Liblinear:
    """fit and predict as scikit-learn has them; a bias is one more feature of 1, as with -B 1."""
    version = "liblinear 2.3"

    def __init__(self, solver, c, tolerance):
        self.library = ctypes.CDLL("liblinear.so.4")
        self.library.set_print_string_function(QUIET)
        self.library.train.restype = ctypes.POINTER(Result)
        self.parameter = Parameter(SOLVERS[solver], tolerance, c, 0, None, None, 0.1, None)

    def nodes(self, x, y):
        """Its own form of the rows: nodes of index and value, ended by the bias and an index of -1."""
        row, column, value = entries(x)
        rows, features = x.shape
        per_row = np.bincount(row, minlength=rows)
        begin = np.concatenate(([0], np.cumsum(per_row + 2)))
        self.node = np.zeros(begin[-1], NODE)
        at = np.arange(len(row)) + 2 * row
        self.node["index"][at], self.node["value"][at] = column + 1, value
        last = begin[1:] - 2
        self.node["index"][last], self.node["value"][last] = features + 1, 1
        self.node["index"][last + 1] = -1
        self.row = (self.node.ctypes.data + begin[:-1] * NODE.itemsize).astype(np.uint64)
        self.y = y.astype(np.float64)
        self.problem = Problem(rows, features + 1, self.y.ctypes.data, self.row.ctypes.data, 1.0)

    def fit(self, *_):
        """The rows are those of nodes()."""
        self.result = self.library.train(ctypes.byref(self.problem), ctypes.byref(self.parameter)).contents

    def predict(self, x):
        many = self.result.classes if self.result.classes > 2 else 1
        w = np.ctypeslib.as_array(self.result.w, (x.shape[1] + 1, many))
        scores = x @ w[:-1] + w[-1]
        label = np.ctypeslib.as_array(self.result.label, (self.result.classes,))
        return label[scores.argmax(axis=1)] if many > 1 else label[(scores[:, 0] <= 0).astype(int)]
