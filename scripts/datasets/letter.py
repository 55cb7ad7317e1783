#!/usr/bin/python3
# Rebuilds datasets/letter from mlbench's LetterRecognition.rda: letter.py FOLDER [folder of the file]
# SPDX-License-Identifier: MIT
#
# The first 16,000 rows are for training, as P. W. Frey and D. J. Slate divided them.
import os

import rda
import tables

folder, source = tables.arguments(tables.MLBENCH)
frame = rda.table(rda.read(os.path.join(source, "LetterRecognition.rda"))["LetterRecognition"])
frame["letter"] = frame.pop("lettr")
tables.write_frame(folder, "letter", frame, "letter", train=16000)
