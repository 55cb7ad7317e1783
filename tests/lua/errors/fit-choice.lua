-- SPDX-License-Identifier: MIT
-- expect: script "optimizer is 'adan', but must be one of sgd, momentum, nesterov, rmsprop, adam, adamw, lbfgs (did you mean 'adam'?)"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { optimizer = "adan" })
