/* The number of a stream in an Ogg file (RFC 3533 §6), which encoders draw by lot: given anew, so that equal
 * sound gives equal files. Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Gives every page of a file with one stream this number, and the checksum that goes with it. False with
 * errno set when that fails. */
bool sg_ogg_set_serial(int fd, uint32_t serial);
