-- Handles may be closed early, in any order, and keep alive what they borrow.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local program
do
  local d = w.data.load "digits"
  local m <close> = w.model.mlp { layers = { d.inputs, d.classes } }
  program = m:lower { kernel = "dense" }
end
local rows = w.data.load "digits".test:head(5)
for i = 1, 200000 do rows = rows or { i } end
assert(#program:predict(rows) == 5, "a program needs its model no more")
local fine, text = pcall(program.bytes, program)
assert(not fine and text:find "this model was closed")
do
  local gone <close> = program
  assert(gone:macs() > 0)
end
fine, text = pcall(program.predict, program, rows)
assert(not fine and text:find "this program was closed")
