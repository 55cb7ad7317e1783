-- SPDX-License-Identifier: MIT
-- expect: script "fit: watch must be rows, true or false, not a number"
local w = require "wattle"
local d = w.data.load "digits"
w.model.mlp { layers = { d.inputs, d.classes } }:fit(d.train, { watch = 3 })
