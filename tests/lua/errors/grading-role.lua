-- SPDX-License-Identifier: MIT
-- expect: script "grading-role.lua: this is a grading file: use it by wattle grade --with"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01" }
