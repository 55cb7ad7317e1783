-- SPDX-License-Identifier: MIT
-- run
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m, saved = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }, 0
        for _ = 1, 100 do saved = saved + (pcall(m.save, m, "x.model") and 1 or 0) end
        assert(saved == 1)
        return m
      end },
    { "b", function(s) return w.model.mlp { layers = { s.data.inputs, 3, s.data.classes } } end },
  },
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
