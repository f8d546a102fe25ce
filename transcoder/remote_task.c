/* remote_task.c — see remote_task.h. */
#include "transcoder/remote_task.h"

#include "base/file.h"
#include "base/log.h"
#include "transcoder/spec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { ORDERS_MAX = 20 }; /* so often the server may say that something is missing */

struct made { /* an init or a segment; its bytes lie in the task's folder */
    json_t *line;
    const char *rung;
    bool init, sent;
};

struct task_run {
    struct slot *slot;
    struct arena *arena; /* of the task */
    const char *base;    /* "/api/v1/runners/tasks/TOKEN" */
    const char *folder;
    struct made *made;
    size_t count, room;
    int orders;
};

static void json_release(void *json)
{
    json_decref(json);
}

static const char *text_of(json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));
    return text ? text : "";
}

static long long number_of(json_t *line, const char *name)
{
    return (long long)json_integer_value(json_object_get(line, name));
}

/* --- delivering */

static struct err read_part(struct arena *a, const char *path, int64_t offset, int64_t bytes,
                            char **data)
{
    SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    *data = arena_alloc(a, (size_t)bytes + 1);
    if (fd < 0 || pread(fd, *data, (size_t)bytes, offset) != (ssize_t)bytes)
        return FAIL(IO, "what the task made cannot be read");
    return OK;
}

static struct err send_made(struct task_run *t, struct arena *a, const struct made *m,
                            struct reply *reply)
{
    json_t *line = m->line;
    const char *path, *file = m->init ? "init.mp4" : "m4s";
    char *data;
    int64_t bytes = number_of(line, "size");
    TRY(read_part(a, arena_printf(a, "%s/%s.%s", t->folder, m->rung, file),
                  m->init ? 0 : number_of(line, "offset"), bytes, &data));
    if (m->init)
        path = arena_printf(a, "%s/init/%s?codecs=%s&width=%lld&height=%lld&fps=%s", t->base,
                            m->rung, text_of(line, "codecs"), number_of(line, "width"),
                            number_of(line, "height"), text_of(line, "fps"));
    else
        path = arena_printf(a, "%s/segments/%s/%lld?sha256=%s&duration_us=%lld&start_us=%lld",
                            t->base, m->rung, number_of(line, "index"), text_of(line, "sha256"),
                            number_of(line, "duration_us"), number_of(line, "start_us"));
    return link_insist(&t->slot->link, a, "PUT", path, data, (size_t)bytes, false, reply);
}

/* The server tells what it has: all else is sent (again), in order. */
static struct err follow_order(struct task_run *t, const struct reply *reply)
{
    if (++t->orders > ORDERS_MAX)
        return FAIL(TASK_FAILED, "the server and the worker do not agree on what was sent");
    json_t *body = json_loadb(reply->body, reply->bytes, 0, NULL);
    json_t *have = json_object_get(body, "have");
    for (size_t i = 0; i < t->count; i++) {
        struct made *m = &t->made[i];
        long long before = 0;
        for (size_t k = 0; k < i; k++)
            before += !t->made[k].init && strcmp(t->made[k].rung, m->rung) == 0;
        json_t *rung = json_object_get(have, m->rung);
        m->sent = m->init ? json_is_true(json_object_get(rung, "init"))
                          : before < number_of(rung, "segments");
    }
    json_decref(body);
    return OK;
}

static struct err judge(struct task_run *t, struct arena *a, const struct reply *reply)
{
    if (reply->status == 204)
        return OK;
    if (reply->status == 409)
        return follow_order(t, reply);
    if (reply->status == 410 || reply->status == 401) {
        slot_stop(t->slot);
        return FAIL(STOPPED, "the task is no longer ours");
    }
    return (struct err){ERR_TASK_FAILED, arena_printf(a, "the server refused with %d: %.300s",
                                                      reply->status, reply->body)};
}

static struct err deliver(struct task_run *t)
{
    for (size_t i = 0; i < t->count;) {
        struct made *m = &t->made[i];
        SCOPED_ARENA struct arena *a = arena_open();
        struct reply reply;
        if (m->sent) {
            i++;
            continue;
        }
        TRY(send_made(t, a, m, &reply));
        struct err e = judge(t, t->arena, &reply);
        TRY(e);
        if (reply.status == 204)
            m->sent = true;
        else
            i = 0;
    }
    return OK;
}

static struct err take_line(void *state, const char *event, json_t *line)
{
    struct task_run *t = state;
    bool init = strcmp(event, "init") == 0;
    if (strcmp(event, "progress") == 0) {
        atomic_store(&t->slot->done_ms, number_of(line, "done_ms"));
        atomic_store(&t->slot->total_ms, number_of(line, "total_ms"));
    }
    if (!init && strcmp(event, "segment") != 0)
        return OK;
    t->made = arena_grow(t->arena, t->made, t->count, &t->room, sizeof *t->made);
    t->made[t->count++] =
        (struct made){.line = json_incref(line), .rung = text_of(line, "rung"), .init = init};
    arena_defer(t->arena, json_release, line);
    return deliver(t);
}

/* --- running */

/* The server says what to do, not where: nothing of this machine can be named by it. */
static struct err own_spec(struct task_run *t, json_t *spec)
{
    const char *task = text_of(spec, "task");
    if (strcmp(task, "chunk") != 0)
        return FAIL(SPEC_INVALID, "the server lent a task that is none for workers");
    json_object_del(spec, "input");
    json_object_set_new(spec, "input_fd", json_integer(3));
    json_object_set_new(spec, "ask_fd", json_integer(4));
    json_object_set_new(spec, "output", json_string(t->folder));
    json_object_set_new(spec, "threads", json_integer(t->slot->threads));
    return OK;
}

static struct err run_child(struct task_run *t, json_t *lease)
{
    struct slot *s = t->slot;
    json_t *source = json_object_get(lease, "source"), *spec = json_object_get(lease, "spec");
    json_t *result = NULL;
    int64_t bytes = number_of(source, "bytes");
    if (!json_is_object(spec) || bytes <= 0)
        return FAIL(SPEC_INVALID, "the server's answer is no task");
    TRY(own_spec(t, spec));
    path_remove(t->folder);
    TRY(folder_make(t->folder));
    TRY(feed_use(&s->feed, text_of(source, "key"), bytes));
    TRY(feed_start(&s->feed, arena_printf(t->arena, "%s/source", t->base)));
    child_lend(s->child, s->feed.theirs);
    struct child_events events = {take_line, t};
    struct err e =
        child_run(s->child, t->arena, s->program, spec, s->feed.fd, &events, &result, NULL);
    feed_end(&s->feed);
    json_decref(result);
    return e;
}

static struct err tell_result(struct task_run *t)
{
    for (;;) {
        struct reply reply;
        TRY(deliver(t));
        TRY(link_insist(&t->slot->link, t->arena, "POST",
                        arena_printf(t->arena, "%s/result", t->base), "{}", 2, true, &reply));
        TRY(judge(t, t->arena, &reply));
        if (reply.status == 204)
            return OK;
    }
}

static void tell_error(struct task_run *t, struct err why)
{
    /* The way out is short: the link that is told to stop would not carry it. */
    const atomic_bool never = false;
    struct link last = t->slot->link;
    last.stop = &never;
    last.dropped = NULL;
    json_t *body = json_pack("{s:s, s:b, s:b}", "detail", why.detail ? why.detail : "", "retry",
                             why.id != ERR_TASK_REFUSED, "stopping", why.id == ERR_STOPPED);
    char *text = json_dumps(body, JSON_COMPACT);
    struct reply reply;
    struct err e =
        link_call(&last, t->arena, "POST", arena_printf(t->arena, "%s/error", t->base), text,
                  strlen(text), true, &reply);
    if (e.id)
        log_warn("error_untold", "reason=%s", LOG_QUOTE(e.detail));
    free(text);
    json_decref(body);
}

static void hold_token(struct slot *s, const char *token)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->token, sizeof s->token, "%s", token);
    pthread_mutex_unlock(&s->lock);
}

bool slot_run(struct slot *s, json_t *lease)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *token = text_of(lease, "token");
    struct task_run t = {
        .slot = s,
        .arena = a,
        .base = arena_printf(a, "/api/v1/runners/tasks/%.64s", token),
        .folder = arena_printf(a, "%s/task", s->folder),
    };
    atomic_store(&s->dropped, false);
    atomic_store(&s->total_ms, 0);
    atomic_store(&s->lease_ms, number_of(lease, "leaseMs"));
    child_allow(s->child);
    hold_token(s, token);
    log_info("task_begun", "slot=%d", s->index);
    struct err e = run_child(&t, lease);
    if (!e.id)
        e = tell_result(&t);
    hold_token(s, "");
    bool dropped = atomic_load(&s->dropped);
    if (e.id && !dropped)
        tell_error(&t, e);
    path_remove(t.folder);
    if (e.id)
        log_warn("task_failed", "slot=%d dropped=%d reason=%s", s->index, dropped,
                 LOG_QUOTE(e.detail ? e.detail : ""));
    else
        log_info("task_done", "slot=%d segments=%zu", s->index, t.count);
    return !e.id || dropped || e.id == ERR_STOPPED;
}

void slot_beat(struct slot *s, struct link *l)
{
    SCOPED_ARENA struct arena *a = arena_open();
    char token[sizeof s->token];
    pthread_mutex_lock(&s->lock);
    memcpy(token, s->token, sizeof token);
    pthread_mutex_unlock(&s->lock);
    if (!*token)
        return;
    char *body =
        arena_printf(a, "{\"done_ms\":%lld,\"total_ms\":%lld}",
                     (long long)atomic_load(&s->done_ms), (long long)atomic_load(&s->total_ms));
    struct reply reply;
    struct err e =
        link_call(l, a, "POST", arena_printf(a, "/api/v1/runners/tasks/%s/heartbeat", token),
                  body, strlen(body), true, &reply);
    pthread_mutex_lock(&s->lock);
    bool same = strcmp(token, s->token) == 0;
    pthread_mutex_unlock(&s->lock);
    if (!e.id && same && (reply.status == 410 || reply.status == 401))
        slot_stop(s);
}

void slot_stop(struct slot *s)
{
    atomic_store(&s->dropped, true);
    child_stop(s->child);
}
