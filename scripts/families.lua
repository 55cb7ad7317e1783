-- Families: a network, trees and neighbours; the verdict on accuracy says which are equals.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

-- A model that has learned the training rows.
local function fitted(m, s) return m:fit(s.data.train) end

return w.experiment {
  api = 1, name = "families",
  question = "Which family predicts as well as the network, and for how much?",
  needs = { dataset = { "letter" } },
  params = { epochs = 30, rows = 0 },

  seeds = w.range(1, 30),
  setup = function(c)
    return { data = data.load(c.dataset, { rows = c.param.rows, seed = c.seed }) }
  end,

  arms = {
    { "network", function(s, c)
        local net = model.mlp { layers = { s.data.inputs, 128, 64, s.data.classes }, seed = c.seed }
        return net:fit(s.data.train, { epochs = c.param.epochs, schedule = "cosine", lr = 0.003 })
      end },
    { "tree", function(s, c) return fitted(model.tree { seed = c.seed }, s) end },
    { "forest", function(s, c) return fitted(model.forest { seed = c.seed }, s) end },
    { "boosting", function(s) return fitted(model.boosting {}, s) end },
    { "neighbours", function(s) return fitted(model.knn { k = 1 }, s) end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,

  metrics = { "accuracy", "time", "energy", "bytes" },
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 2, idle = 5, budget = 3600 },
  analysis = { versus = "network", primary = { "accuracy", "time", "energy" } },
  report = { pareto = { { "accuracy", "energy" }, { "accuracy", "bytes" } }, plots = { "svg" } },
}
