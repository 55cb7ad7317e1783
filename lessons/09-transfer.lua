-- Lesson 09, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.09", title = "Transfer",
  question = "How few labels suffice?",
}
