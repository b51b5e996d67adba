/* How a long engine call tells how far it is and learns that it should stop. */
#pragma once

#include <stdbool.h>

/* Called from the thread that made the long call, at least every 0.1 s. `fraction` is 0…1 and never falls
 * within a stage; `stage` is a stable identifier ("decode", "separate", "export"). Returning false cancels:
 * the call ends within 0.2 s with SG_CANCELLED and leaves nothing behind. */
typedef bool (*SgProgress)(double fraction, const char *stage, void *user);
