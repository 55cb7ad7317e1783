-- SPDX-License-Identifier: MIT
local w = require "wattle"
local d = w.data.load("digits", { rows = 200 })
local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
m:fit(d.train, { epochs = 2, each = function()
  local rows <close> = d.train:sample(20, 1)
  assert(#m:predict(rows) == 20)
end })
