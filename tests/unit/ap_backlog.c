/* Deliveries in memory: turns of hosts, leases that end, hosts that are set aside and heard of.
 */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/activitypub/backlog.h"

enum { MINUTE_MS = 60000 };

static void take(struct backlog *b, int64_t id, const char *host, int64_t lease_left_ms)
{
    struct backlog_body *body = backlog_body(b, 1);
    if (!body)
        body = backlog_body_add(b, 1, "{}", "SHA-256=x");
    backlog_take(b, body,
                 &(struct delivery){.id = id,
                                    .outgoing_id = 1,
                                    .host = host,
                                    .inbox = "https://x.example/inbox",
                                    .created_ms = now_ms(),
                                    .leased_until_ms = now_ms() + lease_left_ms});
}

static void end(struct backlog *b, struct backlog_item *item, enum backlog_says says)
{
    struct backlog_outcome *o = backlog_outcome_of(item);
    o->fate = says == BACKLOG_FAILED ? DELIVERY_AGAIN : DELIVERY_DONE;
    backlog_ended(b, item, o, says, true, 1);
}

static int64_t next_id(struct backlog *b)
{
    struct backlog_item *item = backlog_next(b, NULL);
    int64_t id = item->id;
    end(b, item, BACKLOG_ANSWERED);
    return id;
}

TEST(what_nearly_lost_its_lease_is_not_sent)
{
    struct backlog *b = backlog_open(2, MINUTE_MS);
    take(b, 1, "slow.example", MINUTE_MS / 2);
    take(b, 2, "slow.example", 10 * MINUTE_MS);
    take(b, 3, "late.example", -1);
    take(b, 4, "other.example", 10 * MINUTE_MS);
    CHECK_INT(next_id(b), 2);
    CHECK_INT(next_id(b), 4);
    CHECK_INT(backlog_stats(b).in_memory, 0);

    /* Only what was sent is written: the others' rows come again by themselves. */
    struct backlog_outcome *first = backlog_outcomes(b);
    CHECK_INT(first->id, 2);
    CHECK_INT(first->next->id, 4);
    CHECK(!first->next->next);
    backlog_outcomes_free(first);
    backlog_close(b);
}

TEST(hosts_take_turns_and_get_few_at_a_time)
{
    struct backlog *b = backlog_open(2, MINUTE_MS);
    for (int i = 1; i <= 3; i++)
        take(b, i, "a.example", 10 * MINUTE_MS);
    take(b, 11, "b.example", 10 * MINUTE_MS);
    struct backlog_item *items[4];
    static const int64_t wanted[] = {1, 11, 2}; /* the third of a waits for one to end */
    for (int i = 0; i < 3; i++) {
        items[i] = backlog_next(b, NULL);
        CHECK_INT(items[i]->id, wanted[i]);
    }
    end(b, items[0], BACKLOG_ANSWERED);
    items[3] = backlog_next(b, NULL);
    CHECK_INT(items[3]->id, 3);
    for (int i = 1; i < 4; i++)
        end(b, items[i], BACKLOG_ANSWERED);
    CHECK_INT(backlog_stats(b).delivered, 4);
    backlog_close(b);
}

TEST(a_host_that_fails_is_set_aside_and_comes_back_when_heard_of)
{
    struct backlog *b = backlog_open(1, MINUTE_MS);
    for (int i = 1; i <= 8; i++)
        take(b, i, "dead.example", 10 * MINUTE_MS);
    for (int i = 0; i < 5; i++)
        end(b, backlog_next(b, NULL), BACKLOG_FAILED);
    CHECK_INT(backlog_stats(b).hosts_set_aside, 1);
    CHECK_INT(backlog_stats(b).in_memory, 0); /* the other three went back untried */
    take(b, 9, "dead.example", 10 * MINUTE_MS);
    CHECK_INT(backlog_stats(b).in_memory, 0);
    backlog_heard(b, "dead.example");
    CHECK_INT(backlog_stats(b).hosts_set_aside, 0);
    take(b, 10, "dead.example", 10 * MINUTE_MS);
    CHECK_INT(next_id(b), 10);

    int again = 0, revived = 0;
    struct backlog_outcome *first = backlog_outcomes(b);
    for (struct backlog_outcome *o = first; o; o = o->next) {
        again += o->id && o->fate == DELIVERY_AGAIN;
        revived += o->revived;
    }
    CHECK_INT(again, 9);
    CHECK_INT(revived, 1);
    backlog_outcomes_free(first);
    backlog_close(b);
}

TEST(a_stop_lets_everybody_go)
{
    struct backlog *b = backlog_open(1, MINUTE_MS);
    take(b, 1, "a.example", 10 * MINUTE_MS);
    backlog_stop(b);
    CHECK(!backlog_next(b, NULL));
    CHECK(!backlog_room(b));
    backlog_end(b);
    CHECK(!backlog_outcomes(b));
    backlog_close(b);
}

TEST_MAIN
