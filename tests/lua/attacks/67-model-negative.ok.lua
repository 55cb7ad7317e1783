-- SPDX-License-Identifier: MIT
assert(require "wattle".model.mlp { layers = { 4, 2 } }:parameters() == 10)
