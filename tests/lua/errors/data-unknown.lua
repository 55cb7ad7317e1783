-- SPDX-License-Identifier: MIT
-- expect: script "digit"
require "wattle".data.load "digit"
