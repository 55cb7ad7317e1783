-- One network, three diets: the race of the README. Every figure is measured here, on this machine.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

return w.experiment {
  api = 1, name = "race",
  question = "One network, pruned or in 8 bits: what does it cost, what does it still get right?",
  needs = { dataset = { "fashion-mnist", "fashion-mini" } },   -- the first one that is there
  params = { epochs = 10, sparsity = 0.9, fine_tune = 4 },     -- change with --set NAME=VALUE

  seeds = { 1 },
  build = "once",                       -- trained once: the verdicts cover these models
  setup = function(c)                   -- not measured
    local d = data.load(c.dataset)
    local base = model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs, batch = 64, lr = 1e-3, optimizer = "adam",
                        schedule = "cosine", watch = d.test })
    return { data = d, base = base }
  end,

  arms = {                              -- the first one is the baseline
    { "baseline", function(s) return s.base:lower { kernel = "dense" } end },
    { "pruned", function(s, c)
        return s.base:with(technique.prune {
          sparsity = c.param.sparsity, data = s.data.train,
          epochs = c.param.fine_tune, lr_scale = 1,
        }):lower { kernel = "csr" }
      end },
    { "int8", function(s)
        return s.base:with(technique.quantize { bits = 8, data = s.data.train:head(512) })
          :lower { kernel = "int8" }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,

  metrics = { "accuracy", "time", "energy", "bytes", "macs" },
  design = { warmup = 1, blocks = { min = 10, max = 10 }, window = 1, idle = 5 },
  analysis = { versus = "baseline", primary = { "time", "energy", "accuracy" },
               margin = { time = 0.02, energy = 0.04, accuracy_pt = 1 } },
}
