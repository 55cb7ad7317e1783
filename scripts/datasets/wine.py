#!/usr/bin/python3
# Rebuilds datasets/wine from scikit-learn's wine_data.csv: wine.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
import os

import tables

COLUMNS = ["alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
           "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_od315", "proline", "cultivar"]
folder, source = tables.arguments(tables.SKLEARN)
tables.write(folder, "wine", COLUMNS, tables.read_sklearn(os.path.join(source, "wine_data.csv")))
