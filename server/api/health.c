/* health.c — see health.h. */
#include "server/api/health.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/activitypub/deliver.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/incoming.h"
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

static void incoming_figures(struct strbuf *out, struct app *app)
{
    struct incoming_stats in = incoming_stats(app->incoming);
    figure(out, "federation_incoming_done_total", "counter", "activities worked through",
           in.done);
    figure(out, "federation_incoming_ignored_total", "counter",
           "activities that changed nothing here", in.ignored);
    figure(out, "federation_incoming_again_total", "counter",
           "attempts that are made again later", in.again);
    figure(out, "federation_incoming_given_up_total", "counter",
           "activities given up after several attempts", in.given_up);
}

static void delivery_figures(struct strbuf *out, struct app *app)
{
    struct backlog_stats to = deliver_stats(app->deliver);
    figure(out, "federation_delivered_total", "counter", "deliveries that were accepted",
           to.delivered);
    figure(out, "federation_retried_total", "counter", "deliveries put off to another try",
           to.again);
    figure(out, "federation_dropped_total", "counter", "deliveries given up", to.dropped);
    figure(out, "federation_hosts_set_aside", "gauge", "hosts that do not answer",
           to.hosts_set_aside);
}

static void fetcher_figures(struct strbuf *out, struct app *app)
{
    struct fetch_stats f = fetcher_stats(federation_fetcher(app->federation));
    figure(out, "federation_requests_total", "counter", "requests to other servers",
           f.requests);
    figure(out, "federation_request_failures_total", "counter", "of those, not answered",
           f.failures);
    figure(out, "federation_requests_blocked_total", "counter",
           "addresses that are not asked: private ones and the like", f.blocked);
    figure(out, "federation_requests_limited_total", "counter",
           "requests held back by a limit per host", f.limited);
    figure(out, "federation_connections_total", "counter", "connections made for them",
           f.connections);
    figure(out, "federation_received_bytes_total", "counter", "bytes of their answers",
           f.bytes);
}

static struct err federation_figures(struct req *rq, struct strbuf *out)
{
    struct health_queues waiting;
    if (!rq->app->federation)
        return OK;
    TRY(health_queues(rq->db, &waiting));
    figure(out, "federation_incoming_waiting", "gauge",
           "activities that came in and are not worked through", waiting.incoming);
    figure(out, "federation_deliveries_waiting", "gauge",
           "deliveries on their way or waiting for another try", waiting.deliveries);
    incoming_figures(out, rq->app);
    delivery_figures(out, rq->app);
    fetcher_figures(out, rq->app);
    return OK;
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
    TRY(federation_figures(rq, &out));
    res_text(rs, 200, "text/plain; version=0.0.4; charset=utf-8", out.text, out.length);
    return OK;
}
