/* Running a program and waiting for it. Threads: any. */
#pragma once

#include <stdbool.h>

/* arguments[0] is looked up in PATH; ends with NULL. What it prints is dropped. True when it ended with 0. */
bool sg_child_run(char *const arguments[]);
