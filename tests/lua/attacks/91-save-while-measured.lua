-- SPDX-License-Identifier: MIT
-- expect: script "a model can be saved while setup or an arm of an experiment"
-- run
-- From the measured region, by what was kept for it: there it would write to the disk a thousand times a second.
local w = require "wattle"
local kept
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        kept = coroutine.wrap(function() coroutine.yield() m:save "late.model" end)
        kept()
        return m
      end },
    { "b", function(s) return w.model.mlp { layers = { s.data.inputs, 3, s.data.classes } } end },
  },
  measure = function(m, s) kept() return m:predict(s.data.test) end,
  design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
}
