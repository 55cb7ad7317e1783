-- SPDX-License-Identifier: MIT
-- expect: script "syntax-function.lua:6: <eof> expected near 'end' (is it one 'end' too many, or a word like 'function' mistyped above?)"
local ex = {}
ex.slim = fucntion(1)
  local a = 1
end
return ex
