-- SPDX-License-Identifier: MIT
-- expect: script "fit-each-error.lua:7: as planned (called from fit-each-error.lua:7)"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
m:fit(d.train, { each = function() error("as planned") end })
