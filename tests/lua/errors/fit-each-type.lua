-- SPDX-License-Identifier: MIT
-- expect: script "fit-each-type.lua:8: fit: each must be a function, not a number"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
m:fit(d.train, {
  each = 3 })
