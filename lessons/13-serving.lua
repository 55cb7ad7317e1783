-- Lesson 13, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.13", title = "Serving",
  question = "What do batching and keeping warm cost?",
}
