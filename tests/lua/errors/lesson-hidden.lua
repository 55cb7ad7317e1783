-- SPDX-License-Identifier: MIT
-- expect: script "text: the string holds a character that is not printable"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text("a\27[2Jb"),
}
