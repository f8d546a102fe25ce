/* LD signatures: canonical forms and signatures that a real JSON-LD processor made. */
#include "tests/unit/ap_fixtures.h"

#include "base/crypto.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/ldsig.h"

static json_t *parsed(struct arena *a, const char *text)
{
    json_t *json;
    CHECK_OK(ap_parse(a, text, strlen(text), &json));
    return json;
}

TEST(vectors_of_flat_documents)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "ap-fixtures"))
        return;
    json_t *body = json_object_get(
        shared_json(a, shared_path(a, "ap-fixtures/ld-signature-vectors.json")), "body");
    json_t *vector;
    size_t i, checked = 0;
    json_array_foreach (json_object_get(body, "vectors"), i, vector) {
        char hash[SHA256_HEX];
        if (!strcmp(ap_text(vector, "name"), "options"))
            continue; /* ldsig_input makes these; the next case has them */
        char *quads = ldsig_canonical(a, json_object_get(vector, "input"));
        CHECK_STR(quads, ap_text(vector, "nquads"));
        sha256_hex(quads, strlen(quads), hash);
        CHECK_STR(hash, ap_text(vector, "sha256hex"));
        checked++;
    }
    CHECK_INT(checked, 3);
    json_t *example = json_object_get(body, "announce_example");
    vector = json_array_get(json_object_get(body, "vectors"), 1);
    const char *input = ldsig_input(a, json_object_get(vector, "input"),
                                    "https://video.example/video-channels/demo#main-key",
                                    "2026-01-02T03:04:05Z");
    CHECK_STR(input, ap_text(example, "signed_string"));
}

TEST(vectors_of_a_running_peertube)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "peertube-ap"))
        return;
    json_t *all = shared_json(a, shared_path(a, "peertube-ap/ldsig-vectors.json")), *vector;
    size_t i, flat = 0;
    json_array_foreach (all, i, vector) {
        const char *file = ap_text(vector, "file"), *want = ap_text(vector, "canonicalDoc");
        json_t *sent = shared_json(a, shared_path(a, arena_printf(a, "peertube-ap/%s", file)));
        json_t *document = parsed(a, ap_text(sent, "rawBody"));
        json_t *signature = json_object_get(document, "signature");
        const char *quads = ldsig_canonical(a, document);
        if (strstr(want, "_:c14n1")) { /* a Video has many nodes without id: never guessed */
            CHECK(!quads);
            continue;
        }
        CHECK_STR(quads, want);
        CHECK_STR(ldsig_input(a, document, ap_text(signature, "creator"),
                              ap_text(signature, "created")),
                  ap_text(vector, "toSign"));
        flat++;
    }
    CHECK_INT(flat, 5);
}

/* Every signature on a document that we canonicalise is right; returns how many there were. */
static size_t all_right(struct arena *a, const char *pattern, struct key *key)
{
    size_t count, right = 0;
    struct fixture **list = fixtures(a, pattern, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *document;
        const struct fixture *f = list[i];
        if (!f->message.body_bytes ||
            ap_parse(a, f->message.body, f->message.body_bytes, &document).id)
            continue;
        json_t *signature = json_object_get(document, "signature");
        const char *creator = ap_text(signature, "creator"),
                   *value = ap_text(signature, "signatureValue");
        const char *input =
            creator ? ldsig_input(a, document, creator, ap_text(signature, "created")) : NULL;
        if (!input || json_object_size(signature) != 4) /* expires, nonce: not our options */
            continue;
        struct key *its = key;
        if (!its) {
            static const char *const files[] = {"actor-account", "actor-channel",
                                                "actor-instance"};
            for (int k = 0; k < 3 && !its; k++) {
                struct ap_key found;
                json_t *actor = shared_json(
                    a, shared_path(a, arena_printf(a, "peertube-ap/%s.json", files[k])));
                if (!strcmp(ap_id(actor), creator) && ap_key_of(actor, NULL, &found))
                    CHECK_OK(key_read_in(a, found.pem, &its));
            }
        }
        if (!its)
            continue;
        unsigned char *raw;
        size_t bytes;
        CHECK(base64_bytes(a, value, strlen(value), &raw, &bytes));
        if (!key_verify(its, KEY_SHA256, input, strlen(input), raw, bytes))
            fail_msg("%s: canonicalised wrongly:\n%s", f->name, ldsig_canonical(a, document));
        right++;
    }
    return right;
}

TEST(what_is_canonicalised_at_all_is_canonicalised_right)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "ap-fixtures") || shared_missing(a, "peertube-ap"))
        return;
    struct key *key;
    CHECK_OK(key_read_in(a, shared_text(a, "ap-fixtures/test-public-key.pem"), &key));
    size_t fixed = all_right(a, "ap-fixtures/*.json", key);
    size_t captured = all_right(a, "peertube-ap/delivered-*.json", NULL);
    print_message("%zu fixtures, %zu captured deliveries\n", fixed, captured);
    CHECK(fixed >= 10);
    CHECK(captured >= 40);
}

#define CONTEXT                                                                            \
    "\"@context\":[\"https://www.w3.org/ns/activitystreams\",\"https://w3id.org/security/" \
    "v1\","                                                                                \
    "{\"pt\":\"https://joinpeertube.org/ns#\",\"replyApproval\":\"pt:replyApproval\","     \
    "\"sensitive\":\"as:sensitive\",\"Hashtag\":\"as:Hashtag\"}],"

TEST(what_is_not_certain_is_left_unsigned)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct key_pair pair;
    struct key *key;
    key_pair_new(a, &pair);
    CHECK_OK(key_read_in(a, pair.private_pem, &key));
    static const char *const refused[] = {
        /* two nodes without id */
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"tag\":["
        "{\"type\":\"Mention\",\"href\":\"https://a.example/b\"},"
        "{\"type\":\"Mention\",\"href\":\"https://a.example/c\"}]}",
        /* a term that is not defined, a type that is not, a context that is not known */
        "{" CONTEXT "\"type\":\"Like\",\"id\":\"https://a.example/1\",\"unheard\":\"x\"}",
        "{" CONTEXT "\"type\":\"Unheard\",\"id\":\"https://a.example/1\"}",
        "{\"@context\":[\"https://www.w3.org/ns/activitystreams\",\"https://a.example/ctx\"],"
        "\"type\":\"Like\",\"id\":\"https://a.example/1\"}",
        "{\"type\":\"Like\",\"id\":\"https://a.example/1\"}",
        /* ids that are none, or expand to something else */
        "{" CONTEXT "\"type\":\"Like\",\"id\":\"1\"}",
        "{" CONTEXT "\"type\":\"Like\",\"id\":\"https://a.example/1\",\"to\":\"as:Public\"}",
        "{" CONTEXT "\"type\":\"Like\",\"id\":\"https://a.example/1\",\"to\":\"https://a b/\"}",
        /* real numbers, control bytes, lists in lists, keywords */
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"name\":1.5}",
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"name\":\"a\\tb\"}",
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"name\":[[\"a\"]]}",
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"@index\":\"a\"}",
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"contentMap\":"
        "{\"EN\":\"a\"}}",
        "{" CONTEXT "\"type\":\"Note\",\"id\":\"https://a.example/1\",\"orderedItems\":[]}",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        json_t *document = parsed(a, refused[i]);
        if (ldsig_sign(a, document, "https://a.example/x", key, 0))
            fail_msg("signed: %s", refused[i]);
        CHECK(!json_object_get(document, "signature"));
    }
}

TEST(our_comment_is_signed)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct key_pair pair;
    struct key *key;
    key_pair_new(a, &pair);
    CHECK_OK(key_read_in(a, pair.private_pem, &key));
    json_t *document = parsed(
        a,
        "{" CONTEXT "\"type\":\"Create\",\"id\":\"https://a.example/c/1/activity\","
        "\"actor\":\"https://a.example/accounts/a\",\"to\":"
        "[\"https://www.w3.org/ns/activitystreams#Public\"],\"cc\":[],"
        "\"object\":{\"type\":\"Note\",\"id\":\"https://a.example/c/1\",\"content\":"
        "\"<p>\\\"Hé\\\\\\r\\nllo\\\"</p>\",\"contentMap\":{\"en-gb\":\"x\"},"
        "\"sensitive\":false,\"summary\":null,\"totalItems\":3,\"replyApproval\":null,"
        "\"published\":\"2026-01-04T12:00:00.000Z\",\"to\":"
        "[\"https://a.example/b\",\"https://a.example/b\"],"
        "\"tag\":{\"type\":\"Hashtag\",\"name\":\"#a\",\"href\":\"https://a.example/t/a\"}}}");
    const char *quads = ldsig_canonical(a, document);
    CHECK_STR(
        quads,
        "<https://a.example/c/1/activity> "
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://www.w3.org/ns/activitystreams#Create> .\n"
        "<https://a.example/c/1/activity> <https://www.w3.org/ns/activitystreams#actor> "
        "<https://a.example/accounts/a> .\n"
        "<https://a.example/c/1/activity> <https://www.w3.org/ns/activitystreams#object> "
        "<https://a.example/c/1> .\n"
        "<https://a.example/c/1/activity> <https://www.w3.org/ns/activitystreams#to> "
        "<https://www.w3.org/ns/activitystreams#Public> .\n"
        "<https://a.example/c/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://www.w3.org/ns/activitystreams#Note> .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#content> "
        "\"<p>\\\"Hé\\\\\\r\\nllo\\\"</p>\" .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#content> \"x\"@en-gb "
        ".\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#published> "
        "\"2026-01-04T12:00:00.000Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#sensitive> "
        "\"false\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#tag> _:c14n0 .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#to> "
        "<https://a.example/b> .\n"
        "<https://a.example/c/1> <https://www.w3.org/ns/activitystreams#totalItems> "
        "\"3\"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> .\n"
        "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://www.w3.org/ns/activitystreams#Hashtag> .\n"
        "_:c14n0 <https://www.w3.org/ns/activitystreams#href> <https://a.example/t/a> .\n"
        "_:c14n0 <https://www.w3.org/ns/activitystreams#name> \"#a\" .\n");
    CHECK(ldsig_sign(a, document, "https://a.example/accounts/a", key, 1767528000123));
    json_t *signature = json_object_get(document, "signature");
    CHECK_STR(ap_text(signature, "created"), "2026-01-04T12:00:00.123Z");
    CHECK_STR(ap_text(signature, "type"), "RsaSignature2017");
    const char *value = ap_text(signature, "signatureValue");
    const char *input =
        ldsig_input(a, document, "https://a.example/accounts/a", "2026-01-04T12:00:00.123Z");
    unsigned char *raw;
    size_t bytes;
    CHECK(base64_bytes(a, value, strlen(value), &raw, &bytes));
    CHECK(key_verify(key, KEY_SHA256, input, strlen(input), raw, bytes));
    CHECK_STR(ldsig_canonical(a, document), quads); /* the signature is no part of it */
}

TEST_MAIN
