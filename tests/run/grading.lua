-- A grading file of the lesson beside it.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.grading { api = 1, lesson = "test.01", seconds = 5,
  weights = { q1 = 4, r1 = "manual" },
  extra = { ex1 = {
    { "works on other data", function(t) return t.call("slim") ~= nil end,
      id = "other", points = 3, show = "after_due" } } },
}
