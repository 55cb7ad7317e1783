-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'modle' in wattle (did you mean 'model'?)"
local w = require "wattle"
w.modle.mlp {}
