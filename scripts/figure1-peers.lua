-- The figure of figure1.lua with PyTorch and scikit-learn beside it. Run it from the source folder.
-- Needs apt-get install --no-install-recommends python3-sklearn python3-torch; or run figure1.lua.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

local function net(s, c)
  local m = model.mlp { layers = { s.data.inputs, 128, s.data.classes }, seed = c.seed }
  return m:fit(s.data.train, { epochs = c.param.epochs })
end

local function tree(s, c)
  return model.tree { seed = c.seed }:fit(s.data.train)
end

local function peer(who, what, when)
  return { who .. " " .. what .. " " .. when,
           command = { "python3", "scripts/peers/figure1.py", who, what, when } }
end

return w.experiment {
  api = 1, name = "figure1-peers",
  question = "What do a network and a tree cost before and after, here and in other toolkits?",
  needs = { dataset = { "digits" } },
  params = { epochs = 20, rows = 0 },

  seeds = w.range(1, 30),
  setup = function(c)
    return { data = data.load(c.dataset, { rows = c.param.rows, valid = 0.15, seed = c.seed }) }
  end,

  arms = {
    { "net before", function(s, c) return net(s, c):lower { kernel = "dense" } end },
    { "net after", function(s, c)
        local small = technique.quantize { bits = 8, data = s.data.train:head(512) }
        return net(s, c):with(small):lower { kernel = "int8" }
      end },
    { "tree before", function(s, c) return tree(s, c) end },
    { "tree after", function(s, c)
        return tree(s, c):with(technique.prune_trees { data = s.data.train, valid = s.data.valid },
                               technique.byte_trees {})
      end },
    peer("torch", "net", "before"), peer("torch", "net", "after"),
    peer("sklearn", "net", "before"),
    peer("sklearn", "tree", "before"), peer("sklearn", "tree", "after"),
  },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,

  metrics = { "accuracy", "time", "energy", "bytes" },
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 2, idle = 5, budget = 7200 },
  analysis = { versus = "net before", primary = { "energy", "time", "accuracy" },
               margin = { accuracy_pt = 2 } },
  report = { pareto = { "accuracy", "energy" }, tables = { "csv", "markdown" }, plots = { "svg" } },
}
