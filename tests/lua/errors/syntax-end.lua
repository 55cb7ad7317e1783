-- SPDX-License-Identifier: MIT
-- expect: script "syntax-end.lua:5: unexpected symbol near '}' (is an 'end' or a value missing before it?)"
local none = { function()
  local a =
}
return none
