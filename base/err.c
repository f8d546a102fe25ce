/* err.c — look-ups in ERR_LIST. */
#include "base/err.h"

static const struct {
    int status;
    const char *code;
    enum err_again again;
} table[ERR_COUNT] = {
#define X(name, status, code, again) [ERR_##name] = {status, code, ERR_AGAIN_##again},
    ERR_LIST(X)
#undef X
};

int err_status(enum err_id id)
{
    return table[id].status;
}

const char *err_code(enum err_id id)
{
    return table[id].code;
}

bool err_retryable(enum err_id id)
{
    return table[id].again == ERR_AGAIN_LATER;
}
