/* Statuses and errors of the engine.
 *
 * Every engine function that can fail returns an SgStatus and, when the caller passes one, fills an SgError.
 * An SgError is owned by the caller (usually on the stack), holds no allocation and needs no freeing.
 * Sentences for people are made above the engine, in core/session/error.c; `detail` carries only facts that a
 * sentence may quote (a library's own message, a name, a format).
 *
 * Threads: no shared state. Audio callback: sg_error_set must not be called there.
 */
#pragma once

#include <stdint.h>

typedef enum {
  SG_OK = 0,
  SG_CANCELLED,      /* the progress function asked to stop, or a signal came */
  SG_NO_MEMORY,      /* an allocation failed or its size overflowed */
  SG_NOT_FOUND,      /* path does not exist */
  SG_IS_FOLDER,      /* path is a folder where a file is expected */
  SG_NO_PERMISSION,  /* path may not be read or written */
  SG_EMPTY_FILE,     /* path has no bytes at all */
  SG_NOT_AUDIO,      /* no decoder knows the content of path */
  SG_NO_SAMPLES,     /* a sound file whose header announces no samples, or from which none can be read */
  SG_TRUNCATED,      /* path ends early: `expected` samples announced (0: unknown), `actual` samples there */
  SG_BAD_SAMPLE,     /* NaN or infinite sample at sample `position`, channel `actual` (from 0) */
  SG_BAD_FORMAT,     /* a rate, channel count or sample format that cannot be handled; `detail` names it */
  SG_NO_SPACE,       /* `expected` bytes needed in folder path, `actual` bytes free */
  SG_READ_FAILED,    /* reading path failed at `position`; `detail` has the system's reason */
  SG_WRITE_FAILED,   /* writing path failed; `detail` has the system's reason */
  SG_EXISTS,         /* path exists already and is not to be overwritten */
  SG_UNKNOWN_METHOD, /* no separation method of the name in `detail` */
  SG_UNKNOWN_SOURCE, /* no source of the name in `detail` */
  SG_BAD_ARGUMENT,   /* a value outside its range; `detail` names it */
  SG_OUTSIDE_SONG,   /* time `expected` (ms) is asked for of path, which is only `actual` ms long */
  SG_EMPTY_FOLDER,   /* folder path has no files to work on; `detail` has a way out */
  SG_NEEDS_STEREO,   /* the method takes two channels only; `detail` has the song's count */
  SG_NO_DEVICE,      /* no sound output could be opened; `detail` has the reason */
  SG_NO_INDEX,       /* path ends before the table that tells where its sound lies (MP4: "moov") */
  SG_NEEDS_FFMPEG,   /* path is of the format in `detail`, and this build has no FFmpeg libraries */
  SG_DAMAGED,        /* path could not be decoded at sample `position`; `actual` samples are lost in all */
  SG_BAD_JSON,       /* text that is no JSON document; `detail` has line and reason, `position` the byte */
  SG_BAD_GRAPH,      /* a network that cannot be built; `detail` names the node, what is expected, what came */
  SG_BAD_MODEL,      /* path is no model file; `detail` names the tensor and the fault, `position` the byte */
  SG_BAD_DATASET,    /* the dataset in path has faults; `actual` is their number, `detail` names the first */
  SG_NOT_FINITE,     /* a computed value is not finite; `detail` names it */
  SG_NO_STEMS,       /* path is no stem file */
  SG_N_STEMS,        /* a stem file takes `expected` stems, `actual` are to be written */
  SG_NO_BEATS,       /* no beats were found in a song */
  SG_N_STATUS
} SgStatus;

enum { SG_ERROR_PATH_SIZE = 1024, SG_ERROR_DETAIL_SIZE = 192 };

typedef struct {
  SgStatus status;
  char path[SG_ERROR_PATH_SIZE];     /* the file or folder concerned, "" when there is none */
  char detail[SG_ERROR_DETAIL_SIZE]; /* "" when there is none */
  int64_t position;                  /* sample or byte index as the status says, -1 when there is none */
  int64_t expected, actual;          /* the two numbers of the statuses that name them, else 0 */
} SgError;

/* A stable identifier such as "not-found" for machines (JSON, tests); never NULL for a status below
 * SG_N_STATUS, NULL from there on. */
const char *sg_status_id(SgStatus status);

/* Fills *error (may be NULL; path and detail may be NULL) and returns `status`, so that a failing function
 * can end with `return sg_error_set(…)`. A path or detail that is too long is cut at its end. */
SgStatus sg_error_set(SgError *error, SgStatus status, const char *path, const char *detail);

/* The same for a failed system call: chooses NOT_FOUND, NO_PERMISSION, IS_FOLDER, NO_SPACE, EXISTS or
 * NO_MEMORY from `errno_value`, and `otherwise` for all else, with strerror's text as the detail. */
SgStatus sg_error_set_errno(SgError *error, int errno_value, SgStatus otherwise, const char *path);
