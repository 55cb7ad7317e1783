-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
-- run
-- Each of them fails, and is caught.
local w = require "wattle"
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        while true do pcall(m.save, m, "x.model") end
      end },
    { "b", function() end },
  },
}
