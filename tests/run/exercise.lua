-- A lesson for the test of check jobs: a model, numbers, and a check that never ends.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.06", title = "Test", minutes = 1, goals = { "Know the round" },
  needs = { dataset = "digits" },
  fast = { epochs = 2, rows = 400, blocks = 10, window = 0.002 },
  w.exercise { id = "ex1", title = "Smaller", points = 3, seconds = 20,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Edit {{file}}.",
    reports = { "share" },
    setup = function(c)
      local d = w.data.load(c.dataset)
      local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
      return { data = d, base = base:fit(d.train, { epochs = 2 }) }
    end,
    checks = {
      { id = "small", points = 2, "at most half the bytes",
        function(t)
          local m = t.call("slim", t.base, t.data)
          t.report("share", m:bytes() / t.base:bytes())
          return t.at_most(m:bytes(), 0.5 * t.base:bytes())
        end },
      { id = "kept", points = 1, "accuracy is kept",
        function(t)
          return t.not_worse("accuracy", t.call("slim", t.base, t.data), t.base, { by_pt = 5 })
        end },
    } },
  w.exercise { id = "ex2", title = "Endless", points = 1,
    file = "ex2.lua", solution = "ex2.solution.lua", ask = "Wait.",
    checks = { { id = "ends", points = 1, "it ends", function() while true do end end } } },
}
