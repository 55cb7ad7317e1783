-- SPDX-License-Identifier: MIT
-- expect: script "predict: the rows of digits have 64 inputs, but the model takes 4"
local w = require "wattle"
local d = w.data.load "digits"
w.model.mlp { layers = { 4, 2 } }:predict(d.test)
