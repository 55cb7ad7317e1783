-- SPDX-License-Identifier: MIT
-- expect: script ":11: text: the string is no UTF-8: its byte 17 is 0xfc"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text [[
# One

Two and für three.
]],
}
