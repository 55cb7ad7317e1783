#!/usr/bin/python3
# Rebuilds datasets/concrete from modeldata's data base: concrete.py FOLDER [folder of Rdata.rdx and Rdata.rdb]
# SPDX-License-Identifier: MIT
import os

import rda
import tables

folder, source = tables.arguments(tables.MODELDATA)
frame = rda.table(rda.read_lazy(os.path.join(source, "Rdata"), "concrete"))
tables.write_frame(folder, "concrete", frame, "compressive_strength")
