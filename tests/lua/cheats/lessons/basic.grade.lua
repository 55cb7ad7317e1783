-- Extra checks of the exercise of basic.lua, with data that no student has seen.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.grading {
  api = 1, lesson = "test.02", seconds = 4, weights = { ex1 = 10 },
  extra = {
    ex1 = {
      { id = "other", points = 3, "works on other data", show = "after_due",
        function(t)
          local d = w.data.load("blobs", { rows = 400, seed = t.seed })
          local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = t.seed }
          base:fit(d.train, { epochs = 10 })
          return t.not_worse("accuracy", t.call("slim", base, d), base, { by_pt = 10, on = d.test })
        end },
      { id = "peeking", points = 0, "never asked for the test rows", show = "never",
        function(t)
          t.call("slim", t.base, t.data)
          return t.at_most(t.refused "test", 0)
        end },
      { id = "attempts", points = 0, "the third attempt", show = "never",
        function(t) return t.near(t.attempts, 3, 0), "not the third" end },
    },
  },
}
