-- SPDX-License-Identifier: MIT
-- expect: script "grading: api is 2"
-- lesson
local w = require "wattle"

return w.grading { api = 2, lesson = "t.01" }
