# 0| ! command -v python3 || WATTLE_WINDOW_S=0 python3 bench.py
# SPDX-License-Identifier: MIT
# What a program in Python measures: it has a model, rows and an accuracy.
class Model:
    def predict(self, rows):
        return [row > 0 for row in rows]


model, x_test, accuracy = Model(), list(range(1000)), 0.999
# EXAMPLE
