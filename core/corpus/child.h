/* Running a program and waiting for it. Threads: any. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/* arguments[0] is looked up in PATH; ends with NULL. What it prints is dropped. True when it ended with 0. */
bool sg_child_run(char *const arguments[]);

/* The same; the program is ended soon after *stop (may be NULL) becomes true, which makes this false. */
bool sg_child_run_until(char *const arguments[], const atomic_bool *stop);
