-- SPDX-License-Identifier: MIT
assert(require "wattle".model.mlp { layers = { 4, 3, 2 } }:parameters() == 23)
