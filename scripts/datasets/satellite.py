#!/usr/bin/python3
# Rebuilds datasets/satellite from mlbench's Satellite.rda: satellite.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
#
# The rows come in the order of Statlog's sat.trn (4,435 rows) and sat.tst: the counts of the classes agree.
import os

import rda
import tables

folder, source = tables.arguments(tables.MLBENCH)
frame = rda.table(rda.read(os.path.join(source, "Satellite.rda"))["Satellite"])
frame["soil"] = frame.pop("classes")
tables.write_frame(folder, "satellite", frame, "soil", train=4435)
