-- SPDX-License-Identifier: MIT
-- expect: script "no module 'os'"
require "os"
