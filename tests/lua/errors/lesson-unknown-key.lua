-- SPDX-License-Identifier: MIT
-- expect: script "lesson-unknown-key.lua:8: unknown key 'minuts' in lesson (did you mean 'minutes'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", goals = { "g" },
  minuts = 3,
  w.text [[hello]],
}
