-- run
-- SPDX-License-Identifier: MIT
-- Models are saved by setup and by arms; the baseline runs twice, and saves once.
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", needs = { dataset = "digits" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset, { rows = 200 })
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
    assert(select("#", m:save "base.model") == 0)
    m:clone():save "clone.model"
    return { data = d, base = m }
  end,
  arms = {
    { "a", function(s) s.base:save "a.model" return s.base end },
    { "b", function(s)
        local m = s.base:with(w.technique.prune { sparsity = 0.5, epochs = 0 })
        m:save "b.model"
        return m
      end },
  },
  design = { warmup = 1, blocks = 2, window = 0.001, idle = 0, aa = true },
}
