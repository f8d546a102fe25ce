/* health.c — see health.h. */
#include "server/api/health.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/app.h"
#include "server/domain/health.h"

#include <stdio.h>
#include <unistd.h>

struct err h_health(struct req *rq, struct res *rs)
{
    struct health health;
    TRY(health_read(rq->db, rq->app->storage, rq->arena, &health));
    if (health.free_bytes < 64 << 20)
        return FAIL(DISK_FULL, "less than 64 MiB of disk are free");
    res_json(rq, rs, 200, json_pack("{s:s}", "status", "ok"));
    return OK;
}

static int64_t resident_bytes(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

static void figure(struct strbuf *out, const char *name, const char *type, const char *help,
                   int64_t value)
{
    strbuf_addf(out, "# HELP zoetrope_%s %s\n# TYPE zoetrope_%s %s\nzoetrope_%s %lld\n", name,
                help, name, type, name, (long long)value);
}

struct err h_metrics(struct req *rq, struct res *rs)
{
    struct app *app = rq->app;
    struct health health;
    struct http_stats http = http_stats(app->http);
    struct strbuf out = STRBUF_IN(rq->arena);
    TRY(health_read(rq->db, app->storage, rq->arena, &health));
    figure(&out, "uptime_seconds", "gauge", "seconds since the start",
           (now_ms() - app->started_ms) / 1000);
    figure(&out, "resident_bytes", "gauge", "memory in use", resident_bytes());
    figure(&out, "http_requests_total", "counter", "requests answered", http.requests);
    figure(&out, "http_received_bytes_total", "counter", "bytes of request bodies",
           http.bytes_received);
    figure(&out, "http_connections", "gauge", "open connections", http.connections);
    figure(&out, "http_queued", "gauge", "requests waiting for a worker", http.queued);
    figure(&out, "http_client_errors_total", "counter", "answers 4xx", http.errors_4xx);
    figure(&out, "http_server_errors_total", "counter", "answers 5xx", http.errors_5xx);
    figure(&out, "http_limited_total", "counter", "connections or requests refused by a limit",
           http.limited);
    figure(&out, "db_commits_total", "counter", "groups written to the database",
           health.commits);
    figure(&out, "db_transactions_total", "counter", "transactions in those groups",
           health.transactions);
    figure(&out, "disk_free_bytes", "gauge", "free space of the data folder",
           health.free_bytes);
    static const char *const lanes[] = {"quick", "heavy", "stream"}; /* enum lane */
    strbuf_adds(&out,
                "# HELP zoetrope_jobs jobs by state and lane\n# TYPE zoetrope_jobs gauge\n");
    for (size_t i = 0; i < health.job_rows; i++)
        strbuf_addf(&out, "zoetrope_jobs{state=\"%s\",lane=\"%s\"} %lld\n",
                    health.jobs[i].state, lanes[health.jobs[i].lane % 3],
                    (long long)health.jobs[i].count);
    res_text(rs, 200, "text/plain; version=0.0.4; charset=utf-8", out.text, out.length);
    return OK;
}
