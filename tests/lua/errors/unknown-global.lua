-- SPDX-License-Identifier: MIT
-- expect: script "unknown-global.lua:3: unknown name 'prnt' (did you mean 'print'?)"
prnt "hello"
