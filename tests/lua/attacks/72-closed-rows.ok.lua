-- SPDX-License-Identifier: MIT
local d = require "wattle".data.load "digits"
do
  local rows <close> = d.train:head(10)
  assert(#rows == 10)
end
