-- SPDX-License-Identifier: MIT
-- expect: script "grading: lesson 't' must be"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t" }
