-- wrk's script: asks for the path as it is, or (RANGE_OF=size) for random 1 MiB ranges of it, and
-- prints the outcome as one JSON line. DELAY_MS: each connection pauses so long before each request.
local size = tonumber(os.getenv("RANGE_OF") or "0")
local mib = 1048576
local pause = tonumber(os.getenv("DELAY_MS") or "0")
if pause > 0 then
  delay = function() return pause end
end
if size > 0 then
  math.randomseed(17)
  request = function()
    local from = math.random(0, size - mib)
    return wrk.format("GET", nil, { ["Range"] = "bytes=" .. from .. "-" .. (from + mib - 1) })
  end
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\nJSON {"requests":%d,"seconds":%f,"bytes":%d,"p50_ms":%f,"p99_ms":%f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
