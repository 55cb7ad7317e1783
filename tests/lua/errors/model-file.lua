-- run
-- SPDX-License-Identifier: MIT
-- expect: need "handed over by wattle compare only"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset) } end,
  arms = {
    { "a", function() return w.model.file(("0"):rep(64)) end },
    { "b", function() return w.model.file "../../etc/passwd" end },
  },
}
