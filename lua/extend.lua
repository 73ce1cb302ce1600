-- Makes a live hold last longer, once, and not beyond its longest life.
--
-- KEYS[1]  the hold's showtime; or, without a cluster, the hold's locator, which names the showtime
-- ARGV[1]  which of them KEYS[1] is: 'showtime' or 'locator'
-- ARGV[2]  the hold
-- ARGV[3]  the user
-- ARGV[4]  how long it lasts from now on, ms
-- ARGV[5]  how long it may last in all, from its beginning, ms
--
-- Result: {'hold', when it lapses (ms since 1970), its body}, {'unknown'}, {'lapsed'}, {'used', reservation} or {'limit'}

local key = located(KEYS[1], ARGV[1])
if not key then
    return { 'unknown' }
end
local show = open(key)
local hold, refusal = live(show, ARGV[2], ARGV[3])
if hold then
    local last = hold.born + ARGV[5]
    if hold.extended or last <= hold.expires then
        refusal = { 'limit' }
    else
        redis.call('HSET', hold.key, 'extended', '1')
        prolong(show, hold, math.max(hold.expires, math.min(last, now + ARGV[4])))
    end
end
close(show)
return refusal or { 'hold', hold.expires, hold.body }
