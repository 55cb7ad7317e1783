-- SPDX-License-Identifier: MIT
-- run
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        local save = coroutine.wrap(function() coroutine.yield() m:save "early.model" end)
        save()
        save()
        return m
      end },
    { "b", function(s) return w.model.mlp { layers = { s.data.inputs, 3, s.data.classes } } end },
  },
  measure = function(m, s) return m:predict(s.data.test) end,
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
