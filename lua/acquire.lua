-- Claims every seat of a hold, or none. The same hold again gives it back as it was first made and claims nothing.
--
-- KEYS[1]  the showtime
-- KEYS[2]  the hold's locator; absent in a cluster, where it lies on another node and was claimed before
-- ARGV[1]  the hold
-- ARGV[2]  the user
-- ARGV[3]  the seats, ascending: '<seat> ..'
-- ARGV[4]  how long the seats are held, ms
-- ARGV[5]  how long the hold is remembered after it ended, ms
-- ARGV[6]  how much longer than that the locator is kept, ms
-- ARGV[7]  the most seats of the user that may count against the limit, these included
-- ARGV[8]  the hold's body: given back as it is
--
-- Result: {'held', when it lapses (ms since 1970)}, {'known', when it was first to lapse, its body}, {'reused'}, {'cold'},
-- {'unavailable', seat, ..} (ascending) or {'too_many'}

local show = open(KEYS[1])
local id, user, seats = ARGV[1], ARGV[2], words(ARGV[3])

local known = recall_hold(show, id)
if known then
    close(show)
    if known.user ~= user or known.seats ~= ARGV[3] then
        return { 'reused' }
    end
    return { 'known', known.first, known.body }
end
if KEYS[2] then
    local other = redis.call('GET', KEYS[2])
    if other and other ~= KEYS[1] and redis.call('EXISTS', record_of(other, id)) == 1 then
        close(show)
        return { 'reused' }
    end
end

if not redis.call('HGET', show.key, 'warm') then
    close(show)
    return { 'cold' }
end
local refusal = { 'unavailable' }
for place, claim in ipairs(redis.call('HMGET', show.seats, unpack(seats))) do
    if claim then
        refusal[#refusal + 1] = seats[place]
    end
end
if #refusal > 1 then
    close(show)
    return refusal
end
if (redis.call('HGET', show.users, user) or 0) + #seats > tonumber(ARGV[7]) then
    close(show)
    return { 'too_many' }
end

local expires = now + ARGV[4]
local remembered = expires + ARGV[5]
for _, seat in ipairs(seats) do
    change(show, seat, false, held_by(id, user))
end
count(show, user, #seats)
redis.call('HSET', show.holds, id, user .. ' ' .. ARGV[3])
redis.call('ZADD', show.lapses, expires, id)
local record = record_of(KEYS[1], id)
redis.call('HSET', record, 'user', user, 'seats', ARGV[3], 'body', ARGV[8], 'born', now, 'first', expires,
    'expires', expires, 'remember', ARGV[5])
redis.call('PEXPIREAT', record, remembered)
if KEYS[2] then
    redis.call('SET', KEYS[2], KEYS[1], 'PXAT', remembered + ARGV[6])
end
show.written = true
close(show)
return { 'held', expires }
