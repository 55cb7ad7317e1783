-- SPDX-License-Identifier: MIT
-- expect: script "predictions are numbered"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
local p = m:predict(d.test, { batch = 32 })
return p.first
