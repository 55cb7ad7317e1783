-- Models: training, copies, techniques, programs.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load("digits", { valid = 0.1, seed = 1 })
local m = w.model.mlp { layers = { d.inputs, 32, d.classes }, seed = 1 }
assert(m:parameters() == 64 * 32 + 32 + 32 * 10 + 10)
local before = m:accuracy(d.test)
local copy = m:clone()
local options = { epochs = 5, batch = 32, watch = d.test, valid = d.valid, patience = 3 }
assert(m:fit(d.train, options) == m)
local after = m:accuracy(d.test)
assert(after > 0.8 and after > before, after)
assert(copy:accuracy(d.test) == before, "a clone must not change")
assert(m:bytes() > 4 * m:parameters())
assert(m:macs() == 64 * 32 + 32 * 10)

-- The same seed gives the same weights.
local function train()
  local x = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = 9 }
  x:fit(d.train, { epochs = 1, optimizer = "momentum", lr = 0.05, schedule = "cosine" })
  return x:accuracy(d.test)
end
assert(train() == train())

local pruned = m:with(w.technique.prune { sparsity = 0.9, data = d.train, epochs = 1 })
assert(pruned:nonzero() < 0.2 * m:nonzero() and m:nonzero() == m:parameters())
assert(pruned:bytes() < m:bytes())
local sparse = pruned:lower { kernel = "csr" }
assert(sparse:macs() < 0.2 * m:macs() and sparse:bytes() == pruned:bytes())
assert(pruned:lower { kernel = "dense", batch = 32, threads = 1 }:macs() == m:macs())

local quantize = w.technique.quantize { bits = 8, data = d.train:head(256) }
local int8 = m:with(quantize)
assert(int8:bytes() < 0.5 * m:bytes())
assert(math.abs(int8:lower { kernel = "int8" }:accuracy(d.test) - after) < 0.03)
-- Two techniques at once are one after the other.
local both = m:with(w.technique.prune { sparsity = 0.5, epochs = 0 }, quantize)
assert(both:nonzero() < m:nonzero() and both:bytes() < m:bytes())
assert(tostring(m):find "^model: mlp" and tostring(sparse):find "^program:")
