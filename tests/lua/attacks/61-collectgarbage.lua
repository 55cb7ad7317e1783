-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'collectgarbage'"
collectgarbage "stop"
