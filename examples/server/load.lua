-- Posts a digit again and again: wrk -s load.lua --latency http://127.0.0.1:3000/classify
local file = assert(io.open(os.getenv("DIGIT") or "examples/server/seven.json"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()

done = function(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout
    print(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d failed",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
