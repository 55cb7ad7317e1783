-- SPDX-License-Identifier: MIT
-- expect: script "layers is missing"
require "wattle".model.mlp {}
