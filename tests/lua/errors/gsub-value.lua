-- SPDX-License-Identifier: MIT
-- expect: script "invalid replacement value (a table)"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
return ("a"):gsub("a", function() return {} end)
