-- Head to head: 8-bit integers against pruning, on two datasets, with one thread and with two.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique = w.data, w.model, w.technique

local function pruned(s, c, kernel)
  local prune = technique.prune { structure = "weights", sparsity = c.param.sparsity,
    schedule = "oneshot", data = s.data.train, epochs = c.param.fine_tune }
  return s.base:with(prune):lower { kernel = kernel }
end

return w.experiment {
  api = 1, name = "int8-vs-pruned",
  question = "At equal accuracy, which copy of a network costs less per prediction?",
  needs = { dataset = { "fashion-mini", "fashion-mnist" } },  -- those of them that are there
  params = { epochs = 10, sparsity = 0.8, fine_tune = 2, rows = 0 },  -- rows 0: all

  factors = { dataset = { "fashion-mini", "fashion-mnist" }, threads = { 1, 2 } },
  seeds = w.range(1, 30),                    -- one seed is one block: all arms, paired
  setup = function(c)                        -- not measured; charged to the build
    local d = data.load(c.dataset, { rows = c.param.rows, valid = 0.1, seed = c.seed })
    local base = model.mlp { layers = { d.inputs, 128, d.classes }, seed = c.seed }
    base:fit(d.train, { epochs = c.param.epochs, patience = 2, valid = d.valid })
    return { data = d, base = base }
  end,

  arms = {                                   -- the first one is the baseline
    { "baseline", function(s) return s.base:lower { kernel = "dense" } end },
    { "prune80", function(s, c) return pruned(s, c, "dense") end },
    { "csr80", function(s, c) return pruned(s, c, "csr") end },
    { "int8", function(s)
        local rows = s.data.train:head(512)
        return s.base:with(technique.quantize { bits = 8, data = rows }):lower { kernel = "int8" }
      end },
  },
  measure = function(m, s) return m:predict(s.data.test, { batch = 64 }) end,

  metrics = { "accuracy", "time", "energy", "bytes", "macs" },
  design = { warmup = 1, blocks = { min = 10, max = 30 }, window = 10, idle = 10, budget = 5400 },
  analysis = { versus = "baseline", primary = { "time", "energy", "accuracy" },
               margin = { time = 0.02, energy = 0.04, accuracy_pt = 1 } },
  claims = {
    { "int8 is not worse", arm = "int8", metric = "accuracy", not_worse_by_pt = 1 },
    { "int8 saves energy", arm = "int8", metric = "energy", below = 0.8, requires = "measured" },
  },
  report = { pareto = { "accuracy", "energy" }, tables = { "csv", "markdown", "latex" },
             plots = { "svg" } },
}
