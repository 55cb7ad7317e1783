-- Lesson 06, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.06", title = "Structured, gradual, lottery",
  question = "When do removed units beat stored zeros?",
}
