-- Lesson 10, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.10", title = "Streaming",
  question = "What waits for what: the disk or the arithmetic?",
}
