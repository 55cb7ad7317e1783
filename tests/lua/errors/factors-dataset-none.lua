-- SPDX-License-Identifier: MIT
-- expect: need "none of the datasets mnist, fashion-mnist is here: "
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  needs = { dataset = { "mnist", "fashion-mnist" } },
  factors = { dataset = { "mnist", "fashion-mnist" } },
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
