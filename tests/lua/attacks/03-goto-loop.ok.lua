-- SPDX-License-Identifier: MIT
local i = 0
::again::
i = i + 1
if i < 1000 then goto again end
