-- Instructor only, never installed: checks that students do not see, and what
-- each part weighs.
-- wattle-grading(7) tells how it is used.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

return w.grading {
  api = 1, lesson = "green.05", allow_skip = false, seconds = 20,
  weights = { p1 = 0, q1 = 2, q2 = 2, ex1 = 10, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "other_data", points = 3, "works on data the student has not seen",
        function(t)
          local d = data.prepare(data.load "letter", "standardize")
          local base = model.mlp { layers = { d.inputs, 256, 128, d.classes },
            seed = t.seed }
          base:fit(d.train, { epochs = 10, lr = 0.003, watch = false })
          local m = t.call("slim", base, d)
          local fine, why = t.at_most(m:macs(), 0.5 * base:macs())
          if not fine then return false, "multiply-adds: " .. why end
          fine, why = t.at_most(m:bytes(), 0.5 * base:bytes())
          if not fine then return false, "bytes: " .. why end
          return t.not_worse("accuracy", m, base, { by_pt = 5, on = d.test })
        end, show = "after_due" },

      { id = "no_peeking", points = 0, "never asked for the test rows",
        function(t)
          t.call("slim", t.base, t.data)
          return t.at_most(t.refused "test", 0)
        end, show = "never" },
    },
  },
}
