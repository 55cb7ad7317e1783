-- Break-even of sparsity: a pruned network by a dense and by a sparse kernel, by batch size.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

return w.experiment {
  api = 1, name = "break-even",
  question = "From which share of zeros on does a sparse kernel pay, at which batch size?",
  needs = { dataset = { "fashion-mini" } },
  params = { epochs = 2, rows = 0 },          -- accuracy is not the question: little training

  factors = { sparsity = { 0.5, 0.7, 0.8, 0.9, 0.95 }, batch = { 1, 64, 256 } },
  seeds = { 1 },
  build = "once",                             -- the verdicts cover these models
  setup = function(c)
    local d = data.load(c.dataset, { rows = c.param.rows })
    local base = model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs })
    return { data = d, base = base,
             pruned = base:with(technique.prune { sparsity = c.sparsity, epochs = 0 }) }
  end,

  arms = {
    { "dense", function(s, c) return s.pruned:lower { kernel = "dense", batch = c.batch } end },
    { "sparse", function(s, c) return s.pruned:lower { kernel = "csr", batch = c.batch } end },
    { "int8", function(s, c)                  -- what the zeros have to beat
        local small = technique.quantize { bits = 8, data = s.data.train:head(512) }
        return s.base:with(small):lower { kernel = "int8", batch = c.batch }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 1, idle = 5, budget = 3600 },
  analysis = { versus = "dense", primary = { "time", "energy" } },
  report = { pareto = { "accuracy", "time" }, plots = { "svg" } },
}
