-- SPDX-License-Identifier: MIT
local w = require "wattle"
assert(getmetatable(w.data) == false)
