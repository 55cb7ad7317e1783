-- SPDX-License-Identifier: MIT
-- expect: script "fit-each-close.lua:7: this model is at work in a fit and cannot be closed now"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
m:fit(d.train, { each = function() local _ <close> = m end })
