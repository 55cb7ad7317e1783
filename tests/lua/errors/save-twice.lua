-- run
-- SPDX-License-Identifier: MIT
-- expect: script "save-twice.lua:11: save: 'x.model' was saved before, by 'a'"
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        for _ = 1, 2 do m:save "x.model" end
        return m
      end },
    { "b", function() end },
  },
}
