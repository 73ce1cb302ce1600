-- The server's own clock, so that hosts never compare theirs. In front of every script.
--
-- Gives `now_us`, microseconds since 1970, and `now`, the same in whole milliseconds. Both stay exact: a Lua number
-- counts to 2^53.

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)
