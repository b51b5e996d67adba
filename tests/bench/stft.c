/* How much of an analysis and synthesis is the transform itself: whole against bare transforms of the same
 * number, one thread, stereo at 44.1 kHz, in the blocks that the renderer takes. */
#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "core/dsp/stft.h"
#include "tests/bench/bench.h"

enum { N_CHANNELS = 2, BLOCK_FRAMES = 36, N_BLOCKS = 40, N_ROUNDS = 7 };

typedef struct {
  SgStft *stft;
  SgStftWork *work;
  float *samples, *out;
  SgComplex *bins;
  gint64 n_samples;
} Buffers;

static double
whole(const Buffers *buffers)
{
  double started_s = bench_seconds();
  for (int block = 0; block < N_BLOCKS * N_CHANNELS; block++) {
    sg_stft_analyse(buffers->stft, buffers->work, buffers->samples, BLOCK_FRAMES, buffers->bins);
    sg_stft_synthesise(buffers->stft, buffers->work, buffers->bins, BLOCK_FRAMES, buffers->out);
    sg_stft_normalise(buffers->stft, 100000, 1 << 20, (BLOCK_FRAMES - 4) * 1024, buffers->out + 4096);
  }
  return bench_seconds() - started_s;
}

static double
bare(SgFft *fft, float *samples, SgComplex *bins, float *out)
{
  double started_s = bench_seconds();
  for (int frame = 0; frame < N_BLOCKS * N_CHANNELS * BLOCK_FRAMES; frame++) {
    sg_fft_forward(fft, samples, bins);
    sg_fft_inverse(fft, bins, out);
  }
  return bench_seconds() - started_s;
}

void
bench_stft(void)
{
  SgStftSize size = sg_stft_size_for_rate(44100);
  SgRandom random = sg_random_seeded(1);
  Buffers buffers = { .stft = sg_stft_new(size), .n_samples = (BLOCK_FRAMES - 1) * size.hop + size.window };
  buffers.work = sg_stft_work_new(buffers.stft);
  buffers.samples = SG_NEW(float, (gsize)buffers.n_samples);
  buffers.out = SG_NEW(float, (gsize)buffers.n_samples);
  buffers.bins = SG_NEW(SgComplex, (gsize)BLOCK_FRAMES * size.n_bins);
  sg_signal_noise(buffers.samples, buffers.n_samples, 1.0f, &random);
  SgFft *fft = sg_fft_new(size.window);
  float *samples = SG_NEW(float, size.window), *out = SG_NEW(float, size.window);
  SgComplex *bins = SG_NEW(SgComplex, size.n_bins);
  sg_signal_noise(samples, size.window, 1.0f, &random);

  double best_whole_s = INFINITY, best_bare_s = INFINITY;
  for (int round = 0; round < N_ROUNDS; round++) {
    best_whole_s = MIN(best_whole_s, whole(&buffers));
    best_bare_s = MIN(best_bare_s, bare(fft, samples, bins, out));
  }
  bench_add("STFT and inverse: share that is FFTW's own", 100.0 * best_bare_s / best_whole_s, "%",
            BENCH_AT_LEAST, 80.0);
  double song_s = (double)N_BLOCKS * BLOCK_FRAMES * size.hop / 44100.0;
  bench_add("STFT and inverse, stereo, one core: × real time", song_s / best_whole_s, "×",
            BENCH_FOR_INFORMATION, 0.0);

  sg_free(bins);
  sg_free(out);
  sg_free(samples);
  sg_fft_free(fft);
  sg_free(buffers.bins);
  sg_free(buffers.out);
  sg_free(buffers.samples);
  sg_stft_work_free(buffers.work);
  sg_stft_free(buffers.stft);
}
