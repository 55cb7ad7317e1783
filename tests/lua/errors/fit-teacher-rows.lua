-- SPDX-License-Identifier: MIT
-- expect: script "teacher"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { loss = "distill", teacher = d.train })
