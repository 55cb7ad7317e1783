-- Without measure, the test rows of setup's data are predicted.
-- run
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.experiment {
  api = 1, name = "default", build = "once",
  setup = function(c)
    local d = w.data.load("digits", { rows = 200 })
    local base = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    return { data = d, base = base:fit(d.train, { epochs = 1 }) }
  end,
  arms = { { "a", function(s) return s.base end }, { "b", function(s) return s.base:clone() end } },
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
