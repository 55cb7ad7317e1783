-- Batch size: the same network, asked for one row at a time and for many at once.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

local function arm(batch)
  local function lower(s) return s.base:lower { kernel = "dense", batch = batch } end
  return { "batch " .. batch, lower }
end

return w.experiment {
  api = 1, name = "batch",
  question = "What does a prediction cost when rows wait for one another?",
  needs = { dataset = { "fashion-mini" } },
  params = { epochs = 2, rows = 0 },

  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = data.load(c.dataset, { rows = c.param.rows })
    local base = model.mlp { layers = { d.inputs, 300, 100, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs })
    return { data = d, base = base }
  end,

  arms = { arm(1), arm(4), arm(16), arm(64), arm(256), arm(1000) },
  measure = function(m, s) return m:predict(s.data.test) end,

  metrics = { "time", "energy" },
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 1, idle = 5, budget = 1200 },
  analysis = { versus = "batch 1", primary = { "time", "energy" } },
  report = { plots = { "svg" } },
}
