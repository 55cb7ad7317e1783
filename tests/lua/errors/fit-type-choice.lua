-- SPDX-License-Identifier: MIT
-- expect: script "fit: optimizer must be one of adam|sgd|momentum, not a number"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { optimizer = 5 })
