-- A shop's bucket of query points: one hash, changed only here, its clock that of Redis.
-- Fields: maximum, restore, available, at; alone, the reservation made while none was open; r:<id>, an open
-- reservation as "cost expiry part", so that one whose process died comes back by itself; part, what those that
-- may only use a share have left of theirs: a smaller bucket within, filled at their share of the rate.
local bucket, act, id = KEYS[1], ARGV[1], ARGV[2]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local flat, known = redis.call('HGETALL', bucket), {}
for i = 1, #flat, 2 do known[flat[i]] = flat[i + 1] end
local maximum, restore = tonumber(known.maximum or ARGV[3]), tonumber(known.restore or ARGV[4])
local available, at = tonumber(known.available or maximum), tonumber(known.at or now)
local passed = math.max(0, now - at) * restore
available = math.min(maximum, available + passed)
local share = tonumber(known.share or 1)
local part = math.min(share * maximum, tonumber(known.part or share * maximum) + share * passed)

local open, others = 0, 0
for field, value in pairs(known) do
  if field:sub(1, 2) == 'r:' then
    local cost, expires = value:match('^(%S+) (%S+)')
    if tonumber(expires) < now then
      redis.call('HDEL', bucket, field)
      available = math.min(maximum, available + tonumber(cost))
    elseif field ~= 'r:' .. id then
      open, others = open + 1, others + tonumber(cost)
    end
  end
end

local wait = 0
if act == 'reserve' then
  local cost, wanted = math.min(maximum, tonumber(ARGV[5])), tonumber(ARGV[6])
  local partly = wanted < 1
  if partly and wanted ~= share then share, part = wanted, wanted * maximum end
  local lacking = partly and math.min(cost, share * maximum) - part or 0
  if available < cost then
    -- What is open may come back at once, nearly whole; where nothing is, only time helps.
    wait = math.max((cost - available - others) / restore, open > 0 and tonumber(ARGV[8]) or 0.001)
  end
  if lacking > 0 then wait = math.max(wait, lacking / (share * restore)) end
  if wait == 0 then
    available = available - cost
    if partly then part = part - cost end
    redis.call('HSET', bucket, 'r:' .. id,
      string.format('%.3f %.3f %d', cost, now + tonumber(ARGV[7]), partly and 1 or 0))
    redis.call('HSET', bucket, 'alone', open == 0 and id or '')
  end
elseif act == 'forget' then
  -- Whether it was charged is not known: it counts for a moment longer.
  local cost = (known['r:' .. id] or ''):match('^(%S+)')
  if cost then
    redis.call('HSET', bucket, 'r:' .. id, string.format('%s %.3f 0', cost, now + tonumber(ARGV[5])))
  end
else
  local spent, told = tonumber(ARGV[5]), tonumber(ARGV[7])
  local own = tonumber((known['r:' .. id] or '0'):match('^(%S+)'))
  if (known['r:' .. id] or ''):match(' 1$') then part = math.min(share * maximum, part + own - spent) end
  redis.call('HDEL', bucket, 'r:' .. id)
  local taught = maximum ~= tonumber(ARGV[6]) or restore ~= tonumber(ARGV[8])
  maximum, restore = tonumber(ARGV[6]), tonumber(ARGV[8])
  -- Shopify's figure does not know what is under way. It may also be older than what settled meanwhile, and
  -- then the lower of both ideas is right; unless nothing else was open while this one was.
  local model = math.min(maximum, available + own - spent)
  available = told - others
  if not taught and known.alone ~= id then available = math.min(available, model) end
end
redis.call('HSET', bucket, 'maximum', maximum, 'restore', restore, 'share', share,
  'part', string.format('%.3f', part),
  'available', string.format('%.3f', available), 'at', string.format('%.6f', now))
redis.call('EXPIRE', bucket, 3600)
return string.format('%.4f', wait)
