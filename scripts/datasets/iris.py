#!/usr/bin/python3
# Rebuilds datasets/iris from scikit-learn's iris.csv: iris.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
import os

import tables

COLUMNS = ["sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm", "species"]
folder, source = tables.arguments(tables.SKLEARN)
tables.write(folder, "iris", COLUMNS, tables.read_sklearn(os.path.join(source, "iris.csv")))
