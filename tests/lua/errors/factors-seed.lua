-- SPDX-License-Identifier: MIT
-- expect: script "factors-seed.lua:7: factors: 'seed' would hide c.seed; call it otherwise"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  factors = { seed = { 1, 2 } },
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
