-- SPDX-License-Identifier: MIT
-- expect: script "rows expected, got model"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
d.train.head(m, 1)
