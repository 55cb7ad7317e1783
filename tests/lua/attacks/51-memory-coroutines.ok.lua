-- SPDX-License-Identifier: MIT
for _ = 1, 10000 do coroutine.create(function() end) end
