-- The smallest experiment that makes every kind of record: three arms on digits, windows of 20 ms.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

return w.experiment {
  api = 1, name = "tiny",
  question = "Does a run write what the manual says?",
  needs = { dataset = { "digits" } },
  params = { epochs = 1, sparsity = 0.5 },

  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = data.load(c.dataset)
    local base = model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs, watch = d.test })
    return { data = d, base = base }
  end,

  arms = {
    { "baseline", function(s) return s.base:lower { kernel = "dense" } end },
    { "pruned", function(s, c)
        local less = technique.prune {
          sparsity = c.param.sparsity, data = s.data.train, epochs = 1,
        }
        return s.base:with(less):lower {}
      end },
    { "int8", function(s)
        local small = technique.quantize { bits = 8, data = s.data.train:head(64) }
        return s.base:with(small):lower { kernel = "int8" }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,

  metrics = { "accuracy", "time", "energy", "bytes", "macs" },
  design = { warmup = 1, blocks = { min = 2, max = 2 }, window = 0.02, idle = 0 },
  analysis = { versus = "baseline", primary = { "time", "energy", "accuracy" } },
}
