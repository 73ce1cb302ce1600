-- Holds by id, live ones and those that are only remembered. Behind showtime.lua.
--
--   <showtime>:hold:<hold>  hash, with these fields:
--     user, seats       whose it is and what it claimed ('<seat> ..', ascending)
--     body              what the caller wants back with it; opaque here
--     born              when it was made (ms since 1970)
--     first, expires    when it was to lapse as it was first made, and when it lapses now (ms since 1970)
--     remember          how long it is remembered after it ended (ms)
--     extended          '1' once it was
--     ended             'released', or the reservation that it became
-- It expires when the hold need not be remembered any more.

local function record_of(key, hold)
    return key .. ':hold:' .. hold
end

-- What is remembered of a hold, if anything.
local function recall_hold(show, hold)
    local key = record_of(show.key, hold)
    local row = redis.call('HMGET', key, 'user', 'seats', 'body', 'born', 'first', 'expires', 'remember', 'extended', 'ended')
    if not row[1] then
        return nil
    end
    return {
        key = key,
        id = hold,
        user = row[1],
        seats = row[2],
        body = row[3],
        born = tonumber(row[4]),
        first = tonumber(row[5]),
        expires = tonumber(row[6]),
        remember = tonumber(row[7]),
        extended = row[8],
        ended = row[9],
    }
end

-- The key of a hold's showtime: `key` itself, or, without a cluster, what the hold's locator says. False if there is none.
local function located(key, kind)
    if kind == 'locator' then
        return redis.call('GET', key)
    end
    return key
end

local function holds_all(show, hold)
    local claim = held_by(hold.id, hold.user)
    for _, found in ipairs(redis.call('HMGET', show.seats, unpack(words(hold.seats)))) do
        if found ~= claim then
            return false
        end
    end
    return true
end

-- The user's hold if it was not ended before its time; else nothing and the refusal.
local function not_ended(show, id, user)
    local hold = recall_hold(show, id)
    if not hold or hold.user ~= user then
        return nil, { 'unknown' }
    end
    if hold.ended and hold.ended ~= 'released' then
        return nil, { 'used', hold.ended }
    end
    if hold.ended or hold.expires <= now then
        return nil, { 'lapsed' }
    end
    return hold
end

-- The user's hold if it can be used: live, and still with all its seats; else nothing and the refusal.
local function live(show, id, user)
    local hold, refusal = not_ended(show, id, user)
    if hold and not holds_all(show, hold) then
        return nil, { 'lapsed' }
    end
    return hold, refusal
end

-- Makes a hold last until `expires` (ms since 1970).
local function prolong(show, hold, expires)
    if expires ~= hold.expires then
        hold.expires = expires
        redis.call('HSET', hold.key, 'expires', expires)
        redis.call('ZADD', show.lapses, 'XX', expires, hold.id)
        redis.call('PEXPIREAT', hold.key, expires + hold.remember)
        show.written = true
    end
end

-- Says what became of a hold. The first use stands.
local function end_hold(hold, ended)
    if not hold.ended or hold.ended == 'released' then
        redis.call('HSET', hold.key, 'ended', ended)
        redis.call('PEXPIREAT', hold.key, now + hold.remember)
    end
end
