-- SPDX-License-Identifier: MIT
-- expect: script "layers has 65 entries, but at most 64 are allowed"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
w.model.mlp { layers = w.range(1, 200) }
