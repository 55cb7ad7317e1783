-- SPDX-License-Identifier: MIT
-- expect: script "fit: lr is"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { lr = 0 / 0 })
