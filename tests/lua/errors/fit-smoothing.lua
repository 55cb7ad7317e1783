-- SPDX-License-Identifier: MIT
-- expect: script "fit: smoothing works with the loss xent and distill"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { loss = "mse", smoothing = 0.1 })
