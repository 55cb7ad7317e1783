-- Payback of pruning: fine-tuning costs once, the sparse copy saves with every prediction.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

-- A copy with so many zeros, fine-tuned, by a sparse kernel.
local function pruned(s, c, sparsity)
  local prune = technique.prune { sparsity = sparsity, data = s.data.train,
    epochs = c.param.fine_tune, schedule = "cubic" }
  return s.base:with(prune):lower { kernel = "csr" }
end

return w.experiment {
  api = 1, name = "payback",
  question = "After how many predictions has pruning paid for its training?",
  needs = { dataset = { "fashion-mini" } },
  params = { epochs = 10, fine_tune = 4, rows = 0 },

  seeds = w.range(1, 30),
  setup = function(c)                         -- both arms need it: no part of the difference
    local d = data.load(c.dataset, { rows = c.param.rows, seed = c.seed })
    local base = model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs })
    return { data = d, base = base }
  end,

  arms = {
    { "dense", function(s) return s.base:lower { kernel = "dense" } end },
    { "pruned 90 %", function(s, c) return pruned(s, c, 0.9) end },
    { "pruned 95 %", function(s, c) return pruned(s, c, 0.95) end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  charge_build = "separate",                  -- training stands beside the predictions
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 2, idle = 5, budget = 3600 },
  analysis = { versus = "dense", primary = { "time", "energy", "accuracy" },
               margin = { accuracy_pt = 2 } },
  report = { pareto = { "accuracy", "energy" }, plots = { "svg" } },
}
