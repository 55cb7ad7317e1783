-- SPDX-License-Identifier: MIT
-- expect: script "fit-momentum.lua:6: fit: momentum works with the optimizers momentum and nesterov"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { momentum = 0.5 })
