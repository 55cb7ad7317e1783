#!/usr/bin/python3
# Rebuilds datasets/digits from scikit-learn's digits.csv.gz: digits.py FOLDER [digits.csv.gz]
# SPDX-License-Identifier: MIT
#
# Source: Debian package python3-sklearn; the file has 1,797 lines of 64 pixels (0 to 16) and the label.
# Split: stratified, 25 % test. The numbers of the 450 test rows (from 0) are stored in digits-test-rows.txt, as
# scikit-learn 1.2.1 drew them with train_test_split(test_size=.25, stratify=labels, random_state=0), so that
# published and our figures are of the same rows. Both parts keep the order of the source.
import gzip
import os
import sys

import idx

SOURCE = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"
TEST_ROWS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits-test-rows.txt")


def load(path):
    rows = []
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line in file:
            values = [int(float(cell)) for cell in line.split(",")]
            if len(values) != 65 or max(values[:64]) > 16 or min(values) < 0 or values[64] > 9:
                sys.exit(f"{path}: line {len(rows) + 1} is not a digit")
            rows.append((values[64], bytes(values[:64])))
    return rows


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: digits.py FOLDER [digits.csv.gz]")
    source = sys.argv[2] if len(sys.argv) == 3 else SOURCE
    if not os.path.exists(source):
        sys.exit(77)
    rows = load(source)
    with open(TEST_ROWS, encoding="ascii") as file:
        test = {int(row) for row in file.read().split()}
    idx.write(sys.argv[1], [r for i, r in enumerate(rows) if i not in test],
              [r for i, r in enumerate(rows) if i in test], 8, 8)


main()
