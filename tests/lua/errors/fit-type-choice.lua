-- SPDX-License-Identifier: MIT
-- expect: script "fit: optimizer must be one of sgd|momentum|nesterov|rmsprop|adam|adamw|lbfgs, not a number"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { optimizer = 5 })
