-- SPDX-License-Identifier: MIT
-- expect: script "this data is at work in a fit and cannot be closed now"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
local v = d.train:head(20)
m:fit(d.train, { valid = v, each = function() local _ <close> = v end })
