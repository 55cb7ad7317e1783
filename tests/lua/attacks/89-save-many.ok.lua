-- SPDX-License-Identifier: MIT
-- run
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        for i = 1, 64 do m:save(i .. ".model") end
        return m
      end },
    { "b", function(s) return w.model.mlp { layers = { s.data.inputs, 3, s.data.classes } } end },
  },
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
