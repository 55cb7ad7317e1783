-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, 64, d.classes } }
while true do pcall(m.fit, m, d.train, { epochs = 1, watch = false }) end
