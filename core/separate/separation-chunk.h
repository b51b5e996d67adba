/* One chunk of a separation: the mixture read and analysed, the method run on it, stems made where they are
 * stored, and all of it written to the stores.
 *
 * Internal to separation. Ownership: SgChunkJob borrows all that it names; free works with sg_chunk_work_free
 * (NULL ignored). Threads: any number of workers, each with a work of its own. Audio callback: no.
 */
#pragma once

#include "core/io/pcm.h"
#include "core/mask/mask-store.h"
#include "core/separate/method.h"
#include "core/separate/stem-store.h"

/* What the chunks of one separation have in common. */
typedef struct {
  const SgPcm *pcm;
  const SgMethodClass *class;
  SgMethod *method;
  SgStft *stft;
  SgMaskStore *masks;
  SgStemStore *stems; /* NULL where masks × mixture are the stems */
  unsigned wiener_iterations;
  int64_t n_frames;
  atomic_bool cancelled;
} SgChunkJob;

/* How many chunks of the method make one of the separation: Wiener filtering wants long blocks. */
uint32_t sg_chunk_n_method_chunks(const SgMethodPlan *plan, unsigned wiener_iterations);

/* What one worker needs, sized once for the longest chunk. */
typedef struct SgChunkWork SgChunkWork;

/* NULL when memory is out. */
SgChunkWork *sg_chunk_work_new(const SgChunkJob *job);
void sg_chunk_work_free(SgChunkWork *work);

/* Does this chunk of the mask store; *out_first_frame and *out_n_frames are the song's frames it has. Errors:
 * those of the method, of sg_pcm_read and of the stores; SG_CANCELLED. */
SgStatus sg_chunk_do(const SgChunkJob *job, SgChunkWork *work, int64_t chunk, int64_t *out_first_frame,
                     int64_t *out_n_frames, SgError *error);
