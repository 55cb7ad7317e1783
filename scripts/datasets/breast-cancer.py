#!/usr/bin/python3
# Rebuilds datasets/breast-cancer from scikit-learn's breast_cancer.csv: breast-cancer.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
import os

import tables

MEASURES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points",
            "symmetry", "fractal_dimension"]
COLUMNS = [f"{part}_{measure}" for part in ("mean", "error", "worst") for measure in MEASURES] + ["diagnosis"]
folder, source = tables.arguments(tables.SKLEARN)
tables.write(folder, "breast-cancer", COLUMNS, tables.read_sklearn(os.path.join(source, "breast_cancer.csv")))
