/* remote.h — zoetrope-transcoder --server URL --token T: a worker that leases encoding tasks
 * from a zoetrope elsewhere.
 *
 * This process talks HTTP and never looks at media. Each task runs in a child, which is this
 * program again with a spec on stdin, in its sandbox, without network, exactly as the server
 * runs it. The child's input is a sparse file that is filled as it reads (input.h), so a task
 * costs little more traffic than its part of the source; segments go to the server as they are
 * made. While the server is away the child goes on and what it made waits; a task whose lease
 * ended is dropped. Killed at any moment, a worker costs the server one lease time and the
 * task's work.
 *
 *   remote.c        command line, slots, heartbeats
 *   remote_task.c   one task: the child, and delivering what it makes
 *   remote_input.c  the sparse file and who fills it
 *   remote_http.c   requests with patience; the only place that knows libcurl
 *
 * Protocol: server/api/worker_tasks.c.
 */
#ifndef ZOE_TRANSCODER_REMOTE_H
#define ZOE_TRANSCODER_REMOTE_H

#include <stdbool.h>

/* Whether the command line asks for a worker. */
bool remote_wanted(int argc, char **argv);
int remote_main(int argc, char **argv);

#endif
