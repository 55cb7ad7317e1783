-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
local w = require "wattle"
local d = w.data.load("digits", { rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
m:fit(d.train, { each = function() while true do pcall(function() while true do end end) end end })
