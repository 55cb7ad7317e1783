-- SPDX-License-Identifier: MIT
-- expect: script "grading-extra.lua:7: grading: extra: write EXERCISE = { checks }"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01",
  extra = { 3 } }
