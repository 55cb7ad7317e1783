-- One seed of three trains one arm with a learning rate at which its loss is soon no number.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "diverge",
  question = "What becomes of a bad seed?",
  needs = { dataset = "digits" },
  params = { bad = 2 },
  seeds = w.range(1, 3),
  build = "block",
  setup = function(c) return { data = w.data.load(c.dataset) } end,
  arms = {
    { "steady", function(s, c)
        local m = w.model.mlp { layers = { s.data.inputs, 16, s.data.classes }, seed = c.seed }
        m:fit(s.data.train, { epochs = 1 })
        return m
      end },
    { "hasty", function(s, c)
        local m = w.model.mlp {
          layers = { s.data.inputs, 64, 64, 64, 64, s.data.classes }, seed = c.seed,
        }
        m:fit(s.data.train, {
          epochs = 1, optimizer = "sgd", lr = c.seed == c.param.bad and 1000 or 0.05,
        })
        return m
      end },
  },
  design = { warmup = 0, blocks = { min = 3, max = 3 }, window = 0.02, idle = 0 },
  analysis = { primary = { "time", "accuracy" } },
}
