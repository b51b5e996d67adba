/* Where sound goes: a sound device, nothing, or a file.
 *
 * An output pulls stereo floats from a callback in a thread of its own, at its own rate. Kinds: a device
 * through PortAudio (core/play/output-portaudio.c); "null", paced by the clock, that throws the sound away;
 * "file", paced by the clock, that writes a WAV file (for tests and captures).
 *
 * The callback obeys the law of audio threads: no allocation, no lock, no log, no file.
 * Ownership: free with sg_output_free, which stops first. Threads: open, close, start, stop, check and free
 * from one thread. Errors: SG_NO_DEVICE with the reason in `detail`, SG_WRITE_FAILED for a file,
 * SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

/* Fills out_stereo[n × 2]. Runs in the output's real-time thread. */
typedef void (*SgOutputCallback)(float *out_stereo, size_t n, void *user);

typedef struct SgOutput SgOutput;

enum { SG_OUTPUT_NAME_SIZE = 128 };

/* A sound device that can play stereo. */
typedef struct {
  char name[SG_OUTPUT_NAME_SIZE]; /* "ALSA: HDA Intel PCH": the host's name and the device's; what chooses it
                                   */
  bool is_standard;
  uint32_t rate_hz; /* its own */
} SgOutputDevice;

/* Nothing is opened yet. NULL when memory is out. `rate_hz` 0: the rate that is wanted at open. The file
 * replaces one that is there, and appears complete when the output is closed. */
SgOutput *sg_output_portaudio_new(void);
/* The device of this name; the standard one when it is not there (its name then tells) or `name` is NULL or
 * "". `block_frames` is asked for as the length of a callback's block, 0: 256. */
SgOutput *sg_output_portaudio_new_for(const char *name, uint32_t block_frames);
SgOutput *sg_output_null_new(uint32_t rate_hz);
SgOutput *sg_output_file_new(const char *path, uint32_t rate_hz);
void sg_output_free(SgOutput *output);

/* Opens the output, at `wanted_rate_hz` where it can. May take a second. Already open: does nothing. */
SgStatus sg_output_open(SgOutput *output, uint32_t wanted_rate_hz, SgOutputCallback callback, void *user,
                        SgError *error);
/* Stops and closes it; it can be opened again. */
void sg_output_close(SgOutput *output);
/* What was opened: the device's name; "" for the others, and while nothing is open. [SG_OUTPUT_NAME_SIZE] */
const char *sg_output_name(const SgOutput *output);
/* The rate it runs at, 0 while it is not open. */
uint32_t sg_output_rate(const SgOutput *output);
/* Time from the callback to the moment that the first sample of its block is heard. */
double sg_output_latency_s(const SgOutput *output);

SgStatus sg_output_start(SgOutput *output, SgError *error);
void sg_output_stop(SgOutput *output);
/* While started: SG_OK, or why it does not run any more (the device has gone, the file cannot be written). */
SgStatus sg_output_check(SgOutput *output, SgError *error);

/* The sound devices that are there now, up to `n`; *out_n how many. May take a second; any thread. While an
 * output is open the list is that of the moment when the first one was opened. Errors: SG_NO_DEVICE. */
SgStatus sg_output_portaudio_list(SgOutputDevice *out_devices, size_t n, size_t *out_n, SgError *error);
