-- Every claimed seat of a showtime.
--
-- KEYS[1]  the showtime
-- ARGV     none
--
-- Result: nil if it is cold, else {version, a line '<seat> held <hold> <user>' or '<seat> taken <reservation> ..' each}

local show = open(KEYS[1])
close(show)
local state = redis.call('HMGET', show.key, 'warm', 'version', 'map')
if not state[1] then
    return nil
end
local map = state[3]
if not map then
    -- Many look at a map between two changes: it is put together once.
    local claims = redis.call('HGETALL', show.seats)
    local lines = {}
    for place = 1, #claims, 2 do
        lines[#lines + 1] = claims[place] .. ' ' .. claims[place + 1]
    end
    map = table.concat(lines, '\n')
    redis.call('HSET', show.key, 'map', map)
end
return { tonumber(state[2] or 0), map }
