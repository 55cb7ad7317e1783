-- SPDX-License-Identifier: MIT
-- expect: script "mlp: value 1 has no name; write NAME = VALUE"
require "wattle".model.mlp { 64, 10 }
