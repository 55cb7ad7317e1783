#!/usr/bin/python3
# Rebuilds datasets/diabetes from scikit-learn's two files: diabetes.py FOLDER [folder of the files]
# SPDX-License-Identifier: MIT
#
# The values as they were measured, not the scaled ones that load_diabetes() gives; the target is the progression of the
# disease after a year.
import gzip
import os
import sys

import tables

COLUMNS = ["age", "sex", "bmi", "blood_pressure", "total_cholesterol", "ldl", "hdl", "cholesterol_ratio",
           "log_triglycerides", "glucose", "progression"]


def read(path):
    with gzip.open(path, "rt", encoding="ascii") as file:
        return [[float(value) for value in line.split()] for line in file]


folder, source = tables.arguments(tables.SKLEARN)
features = read(os.path.join(source, "diabetes_data_raw.csv.gz"))
targets = read(os.path.join(source, "diabetes_target.csv.gz"))
if len(features) != len(targets):
    sys.exit("the two files differ in rows")
tables.write(folder, "diabetes", COLUMNS, [row + target for row, target in zip(features, targets)])
