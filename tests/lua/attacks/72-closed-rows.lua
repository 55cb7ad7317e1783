-- SPDX-License-Identifier: MIT
-- expect: script "these rows were closed"
local d = require "wattle".data.load "digits"
local kept
do
  local rows <close> = d.train:head(10)
  kept = rows
end
return #kept
