-- SPDX-License-Identifier: MIT
-- expect: script "extra.ex1[1]: points is missing: what it is worth"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01",
  extra = { ex1 = { { "t", function() end, id = "a" } } } }
