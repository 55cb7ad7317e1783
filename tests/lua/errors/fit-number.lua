-- SPDX-License-Identifier: MIT
-- expect: script "fit takes a table of named values, not a number"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, d.classes } }
m:fit(d.train, 5)
