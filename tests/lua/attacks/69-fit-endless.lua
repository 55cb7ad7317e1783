-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the engine)"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, 64, d.classes } }
pcall(m.fit, m, d.train, { epochs = 100000, watch = false })
while true do end
