-- Instructor only, never installed: checks that students do not see, and what
-- each part weighs.
-- wattle-grading(7) tells how it is used.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

return w.grading {
  api = 1, lesson = "green.03", allow_skip = false, seconds = 60,
  weights = { p1 = 0, q1 = 2, q2 = 2, ex1 = 10, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "other_data", points = 3, "picks well for data it has not seen",
        function(t)
          local all = data.load("satellite", { valid = 0.2, seed = t.seed })
          local d = data.prepare(all, "standardize")
          local reference = model.logistic {}:fit(d.train)
          local m = t.call("pick", d, 2000, 20000)
          if not t.is_model(m) then return false, "pick() returned no model" end
          if m:macs() > 2000 or m:bytes() > 20000 then
            local text = "over the budget: %d multiply-adds, %d bytes"
            return false, text:format(m:macs(), m:bytes())
          end
          return t.not_worse("accuracy", m, reference, { by_pt = 3,
            on = d.test })
        end, show = "after_due" },

      { id = "no_peeking", points = 0, "never asked for the test rows",
        function(t)
          t.call("pick", t.data, 500, 4000)
          return t.at_most(t.refused "test", 0)
        end, show = "never" },
    },
  },
}
