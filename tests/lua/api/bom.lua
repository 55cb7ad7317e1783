-- A mark of UTF-8 at the beginning is no part of the script.
-- SPDX-License-Identifier: MIT
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text [[x �]],
}
