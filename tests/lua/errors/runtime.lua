-- SPDX-License-Identifier: MIT
-- expect: script "runtime.lua:4: no such luck (called from runtime.lua:6)"
local function f() -- raises
  error "no such luck"
end
f()
