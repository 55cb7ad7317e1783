-- SPDX-License-Identifier: MIT
-- expect: script "ex1: two checks have the id 'a'"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01",
  extra = { ex1 = { { "t", function() return true end, id = "a", points = 1 },
    { "t", function() return true end, id = "a", points = 1 } } } }
