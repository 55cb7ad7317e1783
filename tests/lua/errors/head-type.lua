-- SPDX-License-Identifier: MIT
-- expect: script "bad argument #1 to 'head'"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
d.train:head "x"
