-- SPDX-License-Identifier: MIT
-- expect: script "looks like a path"
require "wattle".data.load "../../etc/passwd"
