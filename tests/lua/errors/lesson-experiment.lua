-- SPDX-License-Identifier: MIT
-- expect: script "returned an experiment: start it with wattle run"
-- lesson
local w = require "wattle"

return w.experiment { api = 1, name = "x", build = "once",
  arms = { { "a", print }, { "b", print } } }
