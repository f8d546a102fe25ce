/* routes.c — the route table as a tree of path segments.
 *
 * Literal segments win over parameters, and parameters over a rest; when the better branch ends
 * nowhere the next one is tried.
 */
#include "server/http/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct leaf {
    const struct route *routes[METHODS];
    const char *names[METHODS][PARAMS_MAX];
    size_t name_count[METHODS];
};

struct edge {
    const char *text;
    size_t bytes;
    struct node *to;
};

struct node {
    struct edge *edges; /* sorted */
    size_t edge_count;
    struct node *param;
    struct leaf *here, *rest;
};

struct routes {
    struct arena *arena;
    struct node *root;
};

static int edge_order(const struct edge *edge, const char *text, size_t bytes)
{
    if (edge->bytes != bytes)
        return edge->bytes < bytes ? -1 : 1;
    return memcmp(edge->text, text, bytes);
}

/* The place of the edge, or where it would be. */
static size_t edge_place(const struct node *node, const char *text, size_t bytes)
{
    size_t low = 0, high = node->edge_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (edge_order(&node->edges[mid], text, bytes) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct node *edge_find(const struct node *node, const char *text, size_t bytes)
{
    size_t i = edge_place(node, text, bytes);
    return i < node->edge_count && !edge_order(&node->edges[i], text, bytes) ? node->edges[i].to
                                                                             : NULL;
}

static struct node *edge_add(struct arena *a, struct node *node, const char *text, size_t bytes)
{
    struct node *to = edge_find(node, text, bytes);
    if (to)
        return to;
    size_t i = edge_place(node, text, bytes);
    struct edge *edges = arena_alloc(a, (node->edge_count + 1) * sizeof *edges);
    for (size_t k = 0; k < node->edge_count; k++)
        edges[k < i ? k : k + 1] = node->edges[k];
    to = arena_alloc(a, sizeof *to);
    edges[i] = (struct edge){text, bytes, to};
    node->edges = edges;
    node->edge_count++;
    return to;
}

static void route_add(struct routes *rt, const struct route *route)
{
    struct arena *a = rt->arena;
    struct node *node = rt->root;
    const char *names[PARAMS_MAX];
    size_t count = 0;
    struct leaf **leaf = NULL;
    for (const char *p = route->pattern; *p == '/' && p[1] && !leaf;) {
        p++;
        size_t n = strcspn(p, "/");
        if (*p != ':') {
            node = edge_add(a, node, arena_strndup(a, p, n), n);
        } else {
            bool rest = p[n - 1] == '*';
            if (count == PARAMS_MAX)
                abort(); /* a mistake in the table, seen at the first start */
            names[count++] = arena_strndup(a, p + 1, n - 1 - rest);
            if (rest) {
                leaf = &node->rest;
            } else {
                if (!node->param)
                    node->param = arena_alloc(a, sizeof *node);
                node = node->param;
            }
        }
        p += n;
    }
    if (!leaf)
        leaf = &node->here;
    if (!*leaf)
        *leaf = arena_alloc(a, sizeof **leaf);
    if ((*leaf)->routes[route->method])
        return; /* the first one wins */
    (*leaf)->routes[route->method] = route;
    (*leaf)->name_count[route->method] = count;
    memcpy((*leaf)->names[route->method], names, count * sizeof names[0]);
}

struct routes *routes_open(const struct route *table)
{
    struct arena *a = arena_open();
    struct routes *rt = arena_alloc(a, sizeof *rt);
    rt->arena = a;
    rt->root = arena_alloc(a, sizeof *rt->root);
    for (const struct route *route = table; route->pattern; route++)
        route_add(rt, route);
    return rt;
}

void routes_close(struct routes *rt)
{
    if (rt)
        arena_close(rt->arena);
}

struct walk {
    const struct segments *path;
    enum http_method method;
    struct match *out;
    size_t taken[PARAMS_MAX];
};

static bool leaf_take(struct walk *w, const struct leaf *leaf, size_t params, bool rest)
{
    if (!leaf)
        return false;
    for (int m = 0; m < METHODS; m++)
        if (leaf->routes[m])
            w->out->methods |= 1u << m;
    enum http_method m = w->method;
    if (m == HTTP_HEAD && !leaf->routes[m])
        m = HTTP_GET;
    if (!leaf->routes[m])
        return false;
    w->out->route = leaf->routes[m];
    w->out->param_count = params;
    w->out->rest = rest;
    memcpy(w->out->names, leaf->names[m], sizeof w->out->names);
    memcpy(w->out->segment, w->taken, sizeof w->taken);
    return true;
}

static bool walk(struct walk *w, const struct node *node, size_t at, size_t params)
{
    if (at == w->path->count)
        return leaf_take(w, node->here, params, false);
    const char *text = w->path->at[at].text;
    size_t bytes = w->path->at[at].bytes;
    const struct node *next = edge_find(node, text, bytes);
    if (next && walk(w, next, at + 1, params))
        return true;
    if (params < PARAMS_MAX) {
        w->taken[params] = at;
        if (node->param && bytes && walk(w, node->param, at + 1, params + 1))
            return true;
        w->taken[params] = at;
        return leaf_take(w, node->rest, params + 1, true);
    }
    return false;
}

void routes_match(const struct routes *rt, const struct segments *path, enum http_method method,
                  struct match *out)
{
    *out = (struct match){0};
    struct walk w = {.path = path, .method = method, .out = out};
    walk(&w, rt->root, 0, 0);
}

const char *methods_text(unsigned methods, char out[64])
{
    static const char *const names[METHODS] = {"GET", "HEAD",   "POST",
                                               "PUT", "DELETE", "OPTIONS"};
    if (methods & 1u << HTTP_GET)
        methods |= 1u << HTTP_HEAD;
    methods |= 1u << HTTP_OPTIONS;
    out[0] = 0;
    size_t n = 0;
    for (int m = 0; m < METHODS; m++)
        if (methods & 1u << m)
            n += (size_t)snprintf(out + n, 64 - n, "%s%s", n ? ", " : "", names[m]);
    return out;
}
