-- SPDX-License-Identifier: MIT
-- expect: script "fit: each does not work inside a coroutine"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
coroutine.wrap(function() m:fit(d.train, { each = function() end }) end)()
