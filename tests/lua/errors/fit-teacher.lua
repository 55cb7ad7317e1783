-- SPDX-License-Identifier: MIT
-- expect: script "needs a teacher"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { loss = "distill" })
