-- SPDX-License-Identifier: MIT
-- expect: script "wrong number of arguments to 'insert'"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
table.insert({}, 1, 2, 3)
