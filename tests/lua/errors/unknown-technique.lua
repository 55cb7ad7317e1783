-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'pruen' in wattle.technique (did you mean 'prune'?)"
local w = require "wattle"
w.technique.pruen {}
