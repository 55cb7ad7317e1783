-- SPDX-License-Identifier: MIT
-- expect: script "factors-threads-text.lua:7: factors: threads has the level 'two'"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  factors = { threads = { "two" } },
  build = "once",
  setup = function(c)
    local d = w.data.load("digits", { rows = 200 })
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
    return { data = d, base = m:fit(d.train, { epochs = 1 }) }
  end,
  arms = {
    { "one", function(s) return s.base end },
    { "two", function(s) return s.base:lower { kernel = "dense" } end },
  },
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
