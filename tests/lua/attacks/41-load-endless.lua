-- SPDX-License-Identifier: MIT
-- expect: script "over 1 MiB of text"
local s = ("-"):rep(65536)
load(function() return s end)
