-- SPDX-License-Identifier: MIT
-- expect: script "attempt to index a boolean value"
local w = require "wattle"
getmetatable(w.data).__index = nil
