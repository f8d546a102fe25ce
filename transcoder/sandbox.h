/* sandbox.h — the walls around hostile media. Entered once, before the input is looked at.
 *
 * After sandbox_enter the process can use the descriptors it holds, memory, clocks and threads
 * of its own, and nothing else: no name can be opened (Landlock with no path allowed, and
 * seccomp), no socket, no other process, no new program, no executable memory.
 *
 *   wall      where the kernel lacks it
 *   rlimits   always there
 *   seccomp   the task fails: SANDBOX_FAILED
 *   Landlock  a warning is logged; seccomp alone already refuses every call that takes a name
 *
 * Builds with sanitizers open what those need: /proc/self and the program's own file may be
 * read, and the leak checker may trace its own process.
 */
#ifndef ZOE_TRANSCODER_SANDBOX_H
#define ZOE_TRANSCODER_SANDBOX_H

#include "base/err.h"
#include "transcoder/spec.h"

#include <stdbool.h>

/* Dies with the parent; call first. */
void sandbox_follow_parent(void);

/* `devices`: an encoder of a graphics card is in use: its device nodes may be opened and talked
 * to. Which ones only Landlock can tell, so without it that is HARDWARE_FAILED. */
MUST_CHECK struct err sandbox_enter(const struct spec_limits *limits, bool landlock,
                                    bool seccomp, bool devices);

#endif
