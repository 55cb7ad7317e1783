-- SPDX-License-Identifier: MIT
-- expect: script "grading: seconds must be 0.01 to 600"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01", seconds = 0 }
