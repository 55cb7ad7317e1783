-- Precision: one network in 32-bit floats, bfloat16 and 8-bit integers, by batch size.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

return w.experiment {
  api = 1, name = "precision",
  question = "What do fewer bits save, at which batch size, and what do they cost in accuracy?",
  needs = { dataset = { "fashion-mini" } },
  params = { epochs = 10, rows = 0 },

  factors = { batch = { 1, 64, 256 } },
  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = data.load(c.dataset, { rows = c.param.rows })
    local base = model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs, schedule = "cosine" })
    return { data = d, base = base }
  end,

  arms = {
    { "f32", function(s, c) return s.base:lower { kernel = "dense", batch = c.batch } end },
    { "bf16", function(s, c) return s.base:lower { kernel = "bf16", batch = c.batch } end },
    { "int8", function(s, c)
        local small = technique.quantize { bits = 8, data = s.data.train:head(512) }
        return s.base:with(small):lower { kernel = "int8", batch = c.batch }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 1, idle = 5, budget = 1800 },
  analysis = { versus = "f32", primary = { "time", "energy", "accuracy" },
               margin = { accuracy_pt = 2 } },  -- what 1,000 test rows can show
  report = { pareto = { "accuracy", "time" }, plots = { "svg" } },
}
