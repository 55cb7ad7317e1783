-- SPDX-License-Identifier: MIT
-- expect: script "test rows"
local w = require "wattle"
local d = w.data.load "digits"
w.model.mlp { layers = { d.inputs, d.classes } }:fit(d.test)
