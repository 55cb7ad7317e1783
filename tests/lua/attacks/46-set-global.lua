-- SPDX-License-Identifier: MIT
-- expect: script "6: a script sets no globals: write 'local counter'"
-- Twice the comment,
-- so that the line below
-- has a number that is known.
counter = 1
