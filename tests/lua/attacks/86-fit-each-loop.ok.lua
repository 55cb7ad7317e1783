-- SPDX-License-Identifier: MIT
local w = require "wattle"
local d = w.data.load("digits", { rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
local n = 0
m:fit(d.train, { epochs = 2, each = function() pcall(function() n = n + 1 end) end })
assert(n == 2)
