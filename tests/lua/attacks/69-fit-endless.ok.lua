-- SPDX-License-Identifier: MIT
local w = require "wattle"
local d = w.data.load("digits", { rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
assert(m:fit(d.train, { epochs = 1 }) == m)
