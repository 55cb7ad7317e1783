-- SPDX-License-Identifier: MIT
-- expect: script "rows given as data were closed"
local w = require "wattle"
local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, 16, d.classes } }:fit(d.train, { epochs = 1 })
local t
do
  local rows <close> = d.train:head(100)
  t = w.technique.prune { sparsity = 0.5, data = rows, epochs = 1 }
end
m:with(t)
