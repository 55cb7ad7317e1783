-- Predictions: numbered from 1, labels as in the dataset, one handle for all calls of a program.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load "digits"
local m = w.model.mlp { layers = { d.inputs, 32, d.classes }, seed = 1 }
m:fit(d.train, { epochs = 3 })
local program = m:lower { kernel = "dense", batch = 50 }
local p = program:predict(d.test, { batch = 50 })
assert(#p == 450 and p[451] == nil and p[0] == nil)
for i = 1, #p do assert(math.type(p[i]) == "integer" and p[i] >= 0 and p[i] < 10) end
assert(program:predict(d.test:head(20)) == p and #p == 20)
local plain = m:predict(d.test)
assert(m:predict(d.test) == plain, "a model keeps its program")
m:fit(d.train, { epochs = 1 })
assert(m:predict(d.test) ~= plain, "a trained model is lowered again")
