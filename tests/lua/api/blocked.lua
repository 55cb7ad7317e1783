-- Arms one after the other, in place of interleaved.
-- run
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "blocked", needs = { dataset = "digits" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset)
    return { data = d, base = w.model.mlp { layers = { d.inputs, 8, d.classes } } }
  end,
  arms = {
    { "one", function(s) return s.base end },
    { "two", function(s) return s.base:lower { kernel = "dense" } end },
  },
  design = { order = "blocked", warmup = 1, blocks = 3, window = 0.001, idle = 0 },
  report = { pareto = { { "accuracy", "energy" }, { "bytes", "time" } } },
}
