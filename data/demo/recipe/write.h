#pragma once

#include <stdbool.h>

#include "mix.h"

/* Writes the four stems and their sum as FLAC files of 16 bit. The sum is made of the rounded samples, so it
 * is exact. Samples are rounded to even numbers: FLAC drops a bit that is never set, which makes the files a
 * tenth smaller, and the noise stays below -95 dBFS. False when a file cannot be written or the sum would
 * clip; PATH, of SIZE, then names the file. */
bool demo_write_song(DemoTrack *const stems[DEMO_N_STEMS], const char *folder, char *path, size_t size);
