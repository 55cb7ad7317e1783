-- SPDX-License-Identifier: MIT
-- expect: script "valid"
local w = require "wattle"
local d = w.data.load "digits"
w.model.mlp { layers = { d.inputs, d.classes } }:fit(d.train, { patience = 2 })
