-- SPDX-License-Identifier: MIT
-- expect: script "grading-lesson.lua:6: grading: lesson is missing: the lesson's id"
-- lesson
local w = require "wattle"

return w.grading { api = 1 }
