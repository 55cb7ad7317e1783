-- SPDX-License-Identifier: MIT
-- expect: script "syntax-return.lua:4: syntax error near 'ex' (did you mean 'return'?)"
local ex = {}
retrun ex
