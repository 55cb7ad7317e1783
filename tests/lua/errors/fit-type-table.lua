-- SPDX-License-Identifier: MIT
-- expect: script "fit: epochs must be a whole number, not a table"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, { epochs = {} })
