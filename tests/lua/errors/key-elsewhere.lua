-- SPDX-License-Identifier: MIT
-- expect: script "key-elsewhere.lua:4: unknown key 'sedes'"
local options = { sedes = { 1 } }
require "wattle".experiment(options)
