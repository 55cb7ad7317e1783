-- Lesson 06, in preparation: it stands in the list with its question, and cannot be opened.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.06", title = "Structured, gradual, lottery",
  question = "When do removed units beat stored zeros?",
}
