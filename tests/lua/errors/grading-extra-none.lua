-- SPDX-License-Identifier: MIT
-- expect: script "extra.ex1 must be a list of 1 to 16"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01", extra = { ex1 = {} } }
