-- Early stopping: training that ends when validation rows say so, and is part of the cost.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

-- A network that was trained with these options.
local function trained(s, c, options)
  local net = model.mlp { layers = { s.data.inputs, 128, s.data.classes }, seed = c.seed }
  return net:fit(s.data.train, options)
end

return w.experiment {
  api = 1, name = "early-stopping",
  question = "What does the last point of accuracy cost in training?",
  needs = { dataset = { "fashion-mini" } },
  params = { epochs = 30, rows = 0 },

  seeds = w.range(1, 30),
  setup = function(c)                         -- all arms leave the validation rows out
    return { data = data.load(c.dataset, { rows = c.param.rows, valid = 0.15, seed = c.seed }) }
  end,

  arms = {
    { "to the end", function(s, c) return trained(s, c, { epochs = c.param.epochs }) end },
    { "patience 5", function(s, c)
        return trained(s, c, { epochs = c.param.epochs, patience = 5, valid = s.data.valid })
      end },
    { "patience 1", function(s, c)
        return trained(s, c, { epochs = c.param.epochs, patience = 1, valid = s.data.valid })
      end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  metrics = { "accuracy", "time", "energy" },
  charge_build = "include",                   -- training is spread over one pass
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 0.5, idle = 5, budget = 1800 },
  analysis = { versus = "to the end", primary = { "time", "energy", "accuracy" },
               margin = { accuracy_pt = 2 } },
  report = { pareto = { "accuracy", "energy" }, plots = { "svg" } },
}
