-- SPDX-License-Identifier: MIT
-- expect: script "grading-key.lua:7: unknown key 'weigths' in grading (did you mean 'weights'?)"
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01",
  weigths = {} }
