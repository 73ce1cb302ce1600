-- Every claimed seat of a showtime.
--
-- KEYS[1]  the showtime
-- ARGV     none
--
-- Result: nil if it is cold, else {version, {seat, claim, ..}}; a claim is 'held <hold> <user>' or 'taken <reservation> ..'

local show = open(KEYS[1])
close(show)
local state = redis.call('HMGET', show.key, 'warm', 'version')
if not state[1] then
    return nil
end
return { tonumber(state[2] or 0), redis.call('HGETALL', show.seats) }
