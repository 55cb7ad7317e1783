-- Of the instructor alone.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.grading {
  api = 1, lesson = "toy.01", allow_skip = false, seconds = 0.5,
  weights = { p1 = 1, ex1 = 10, q1 = 2, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "negative", points = 3, "twice() of a negative number",
        function(t) return t.near(t.call("twice", -4), -8, 0) end,
        show = "after_due" },
      { id = "secret", points = 0, "nobody is to know",
        function(t) return t.at_most(1, 0) end, show = "never" },
    },
  },
}
