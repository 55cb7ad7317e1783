-- Threads: a network on one thread and on all that the run has. Start it with --threads 2.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

return w.experiment {
  api = 1, name = "threads",
  question = "When do more threads cost more energy than they save time?",
  needs = { dataset = { "fashion-mini" }, threads = 2 },
  params = { epochs = 2, rows = 0, hidden = 1024 },

  factors = { batch = { 1, 64, 1024 } },
  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = data.load(c.dataset, { rows = c.param.rows })
    local hidden = c.param.hidden
    local base = model.mlp { layers = { d.inputs, hidden, hidden, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs })
    return { data = d, base = base }
  end,

  arms = {
    { "one thread", function(s, c)
        return s.base:lower { kernel = "dense", batch = c.batch, threads = 1 }
      end },
    { "all threads", function(s, c)
        return s.base:lower { kernel = "dense", batch = c.batch }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  metrics = { "time", "energy" },
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 2, idle = 5, budget = 1800 },
  analysis = { versus = "one thread", primary = { "time", "energy" } },
  report = { plots = { "svg" } },
}
