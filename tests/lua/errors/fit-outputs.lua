-- SPDX-License-Identifier: MIT
-- expect: script "fit: the mlp has 9 outputs, but digits has 10 classes"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
w.model.mlp { layers = { d.inputs, 9 } }:fit(d.train)
