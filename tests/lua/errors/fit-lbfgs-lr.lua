-- SPDX-License-Identifier: MIT
-- expect: script "fit: the optimizer lbfgs has no lr: it finds the length of its steps itself"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { optimizer = "lbfgs", lr = 1 })
