#!/usr/bin/python3
# Rebuilds datasets/diamonds from ggplot2's data base: diamonds.py FOLDER [folder of Rdata.rdx and Rdata.rdb]
# SPDX-License-Identifier: MIT
import os

import rda
import tables

folder, source = tables.arguments(tables.GGPLOT2)
frame = rda.table(rda.read_lazy(os.path.join(source, "Rdata"), "diamonds"))
tables.write_frame(folder, "diamonds", frame, "price")
