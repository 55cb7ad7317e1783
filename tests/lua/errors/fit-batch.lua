-- SPDX-License-Identifier: MIT
-- expect: script "fit: batch is 64, but there are only 50 training rows; make it 50 or less"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train:head(50))
