#!/usr/bin/python3
# Rebuilds datasets/fashion-mini from Fashion-MNIST: fashion-mini.py FOLDER [folder of the four .gz files]
# SPDX-License-Identifier: MIT
#
# Source: Debian package dataset-fashion-mnist. The first 600 training and the first 100 test images of each class;
# both parts keep the order of the source, classes mixed.
import os
import sys

import idx

SOURCE = "/usr/share/datasets/fashion-mnist"
PIXELS = 28 * 28


def first(source, part, each):
    images = idx.read(os.path.join(source, part + "-images-idx3-ubyte.gz"))
    labels = idx.read(os.path.join(source, part + "-labels-idx1-ubyte.gz"))
    seen = [0] * 10
    rows = []
    for i, label in enumerate(labels):
        if seen[label] < each:
            seen[label] += 1
            rows.append((label, images[i * PIXELS:(i + 1) * PIXELS]))
    return rows


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: fashion-mini.py FOLDER [SOURCE]")
    source = sys.argv[2] if len(sys.argv) == 3 else SOURCE
    if not os.path.isdir(source):
        sys.exit(77)
    idx.write(sys.argv[1], first(source, "train", 600), first(source, "t10k", 100), 28, 28)


main()
