/* thread.c — see thread.h. */
#include "base/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

void thread_is(const char *name, int nice)
{
    char text[16];
    snprintf(text, sizeof text, "%s", name);
    pthread_setname_np(pthread_self(), text);
    if (nice)
        setpriority(PRIO_PROCESS, 0, nice); /* the calling thread; refused: no harm */
}
