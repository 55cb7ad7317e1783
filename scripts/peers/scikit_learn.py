# scikit-learn's MLPClassifier on 784-300-100-10: the same network, Adam and batches, an epoch at a time.
#
#   scikit_learn.py train lenet300 THREADS BATCH EPOCHS SEED
#   scikit_learn.py infer lenet300 THREADS BATCH CALLS WINDOWS        after one epoch of training
#
# Threads are those of its BLAS (OPENBLAS_NUM_THREADS); the class has no others. SPDX-License-Identifier: MIT
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

import common  # noqa: E402


def fit(batch, epochs, seed, windows):
    train_pixels, train_labels, test_pixels, test_labels = common.load()
    x, test_x = train_pixels.astype(np.float32) / 255, test_pixels.astype(np.float32) / 255
    net = MLPClassifier((300, 100), solver="adam", alpha=0, batch_size=batch, learning_rate_init=1e-3, shuffle=True,
                        random_state=seed)
    classes, reached = np.unique(train_labels), []
    for _ in range(epochs):
        windows.run(lambda: net.partial_fit(x, train_labels, classes))
        reached.append(float((net.predict(test_x) == test_labels).mean()))
    return net, reached, test_x


def train(threads, batch, epochs, seed):
    windows = common.Windows(threads)
    _, reached, _ = fit(batch, epochs, seed, windows)
    common.put(windows, version=sklearn.__version__, accuracy=reached)


def infer(threads, batch, calls, count):
    net, reached, x = fit(64, 1, 1, common.Windows(threads))
    inputs = [np.ascontiguousarray(x[i * batch:(i + 1) * batch]) for i in range(max(1, common.ROTATED // batch))]
    windows = common.Windows(threads)
    common.latencies(windows, net.predict_proba, inputs, calls, count)
    common.put(windows, version=sklearn.__version__, accuracy=reached)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[3:]]
    train(*numbers[:4]) if sys.argv[1] == "train" else infer(*numbers[:4])
