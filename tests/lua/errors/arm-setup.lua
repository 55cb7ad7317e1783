-- SPDX-License-Identifier: MIT
-- expect: script "no arm can be named 'setup'"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  needs = { dataset = "digits" },
  seeds = { 1 },
  build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset, { rows = 200 })
    local m = w.model.mlp { layers = { d.inputs, 8, d.classes } }
    return { data = d, base = m:fit(d.train, { epochs = 1 }) }
  end,
  arms = {
    { "one", function(s) return s.base end },
    { "setup", function(s) return s.base:lower { kernel = "dense" } end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
