-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'debug'"
debug.sethook()
