-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'mpl' in wattle.model (did you mean 'mlp'?)"
local w = require "wattle"
w.model.mpl {}
