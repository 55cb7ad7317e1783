-- SPDX-License-Identifier: MIT
-- expect: script "(load):1: unknown key
assert(load("require 'wattle'.experiment { sedes = { 1 } }"))()
