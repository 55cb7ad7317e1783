-- SPDX-License-Identifier: MIT
-- expect: script "a run saves at most 64 models"
-- run
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        for i = 1, 1000000 do m:save(i .. ".model") end
      end },
    { "b", function() end },
  },
}
