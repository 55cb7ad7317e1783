-- SPDX-License-Identifier: MIT
-- expect: script "id 'five' must be "course.NN""
-- lesson
local w = require "wattle"

return w.lesson { api = 1, id = "five", title = "T", minutes = 1, goals = { "g" }, w.text [[x]] }
