-- SPDX-License-Identifier: MIT
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, 16, d.classes } }:fit(d.train, { epochs = 1 })
local t = w.technique.prune { sparsity = 0.5, data = d.train:head(100), epochs = 1 }
assert(m:with(t):nonzero() < m:nonzero())
