#!/usr/bin/python3
# Rebuilds datasets/shuttle from mlbench's Shuttle.rda: shuttle.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
#
# The rows come in the order of Statlog's shuttle.trn (43,500 rows) and shuttle.tst: the counts of the classes agree.
import os

import rda
import tables

folder, source = tables.arguments(tables.MLBENCH)
frame = rda.table(rda.read(os.path.join(source, "Shuttle.rda"))["Shuttle"])
tables.write_frame(folder, "shuttle", frame, "Class", train=43500)
