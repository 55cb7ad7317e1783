-- SPDX-License-Identifier: MIT
-- expect: script "resulting string too large"
("x"):rep(1 << 62)
