-- Two factors, four conditions: each is a comparison of its own.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "factors",
  question = "Does every condition have its blocks?",
  factors = { threads = { 1, 2 }, dataset = { "digits", "fashion-mini" } },
  params = { fail = 0 },
  seeds = w.range(1, 9),
  setup = function(c)
    assert(c.param.fail == 0 or c.threads < c.param.fail, "asked to fail")
    local d = w.data.load(c.dataset, { rows = 300 })
    local base = w.model.mlp { layers = { d.inputs, 8, d.classes }, seed = c.seed }
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
  design = { warmup = 1, blocks = 2, window = 0.02, idle = 0 },
}
