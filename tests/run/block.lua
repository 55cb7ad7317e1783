-- Every arm is built afresh in each block, by a worker of its own.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "block",
  question = "Does each block build its arms afresh, from its own seed?",
  needs = { dataset = "digits" },
  seeds = w.range(1, 3),
  build = "block",
  setup = function(c)
    local d = w.data.load(c.dataset)
    local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = 1, batch = 32 })
    return { data = d, base = base }
  end,
  arms = {
    { "baseline", function(s) return s.base end },
    { "pruned", function(s)
        return s.base:with(w.technique.prune { sparsity = 0.9, epochs = 0 })
      end },
  },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,
  design = { warmup = 1, blocks = { min = 2, max = 2 }, window = 0.02, idle = 0 },
}
