-- SPDX-License-Identifier: MIT
-- expect: script "fit: lr must be a number, not a function"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { lr = print })
