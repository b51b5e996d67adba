/* What a fuzz target is: one file that defines fuzz_target, linked either with libFuzzer or with replay.c,
 * which runs the corpus in the normal suite.
 *
 * The last byte of an input is no content: not 0, it is the allocation of ours (malloc, calloc, realloc,
 * aligned_alloc; not those inside libraries) that fails, counted from 1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the content; ends the program where something is wrong. */
void fuzz_target(const uint8_t *bytes, size_t n);

/* Runs the target while allocation `failing` fails (0: none); returns how many were asked for. */
size_t fuzz_run(const uint8_t *bytes, size_t n, size_t failing);

/* A file in memory with these bytes; `out_path`, of at least 32, names it. Close the descriptor. */
int fuzz_file(const uint8_t *bytes, size_t n, char *out_path);

/* Ends the program unless `truth`. */
void fuzz_check(bool truth, const char *what);
