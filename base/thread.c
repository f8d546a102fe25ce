/* thread.c — see thread.h. */
#include "base/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

void thread_is(const char *name, int nice)
{
    char text[16];
    snprintf(text, sizeof text, "%s", name);
    pthread_setname_np(pthread_self(), text);
    if (nice)
        setpriority(PRIO_PROCESS, (id_t)gettid(), nice); /* refused: no harm */
}
