-- Networks of one's own: a list of layers, one line each.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load("digits", { seed = 1 })
local function net()
  return w.model.network {
    input = { 1, 8, 8 }, seed = 3,
    layers = { "conv2d 8 kernel=3 pad=1", "relu", "maxpool 2", "flatten", "dense 32", "relu",
      "dropout 0.2", "dense 10" },
  }
end
local m = net()
assert(m:parameters() == 9 * 8 + 8 + 128 * 32 + 32 + 320 + 10)
assert(m:macs() == 64 * 72 + 128 * 32 + 320)
m:fit(d.train, { epochs = 6, batch = 32, lr = 5e-3 })
assert(m:accuracy(d.test) > 0.85, m:accuracy(d.test))
local int8 = m:with(w.technique.quantize { data = d.train })
assert(math.abs(int8:lower { kernel = "int8" }:accuracy(d.test) - m:accuracy(d.test)) < 0.03)
-- Names of a list may be written in any way that means the same.
local again = w.model.network {
  input = { 8, 8 }, seed = 3,
  layers = { "conv2d  filters=8 pad=1  kernel=3", "relu", "maxpool 2", "flatten", "dense 32",
    "relu", "dropout 0.2", "dense 10" },
}
assert(again:accuracy(d.test) == net():accuracy(d.test))
