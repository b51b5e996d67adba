/* Fits the constants of the method "classic" and prints core/separate/classic-weights.c.
 *
 * Usage: classic-weights [--iterations N] [--without CUE]… SONG-FOLDER… > core/separate/classic-weights.c
 * A song folder holds drums, bass, other and vocals as .ogg or .flac, some of which may be missing. A folder
 * that is named twice counts twice. CUE is the number of a cue (core/separate/classic-cues.h) whose constants
 * shall be 0.
 *
 * Examples are excerpts of the songs as they are, and mixes of stems of different songs at drawn levels, one
 * channel each. Of each, cells are drawn with chances in proportion to their magnitude. A source's share of a
 * cell that serves it best is T_j = Re(S_j·X*)/|X|²; the constants minimise Σ w·Σ_j (M_j − T_j)² +
 * λ·‖constants‖², w being the cell's power over that of its second of the example (divided by its chance), so
 * that every second counts alike. By full gradients and Adam (D. Kingma and J. Ba, ICLR 2015). */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/io/decoder.h"
#include "core/separate/classic-weights.h"
#include "core/separate/classic.h"

enum { N_SOURCES = SG_CLASSIC_N_SOURCES, MAX_SONGS = 256, RATE_HZ = 44100 };
enum { EXCERPT_S = 36, EXCERPT_EVERY_S = 60, N_MIXES = 36, CELLS = 24000 };
enum {
  N_BIAS = SG_CLASSIC_N_BIAS_KNOTS,
  N_CUE = SG_CLASSIC_N_CUE_KNOTS,
  N_COLUMNS = N_BIAS + SG_N_CUES * N_CUE
};

static const char *const source_names[N_SOURCES] = { "drums", "bass", "other", "vocals" };
static const double LAMBDA = 1e-4;

typedef struct {
  const char *folder;
  SgPcm *stems[N_SOURCES];
  int64_t n_samples;
} Song;

/* An example of one channel: samples[source][n], zero where a source is missing. */
typedef struct {
  float *samples[N_SOURCES];
  int64_t n;
} Example;

/* What is learnt from: rows of the linear model with their targets and weights. */
typedef struct {
  float *rows;    /* [n][N_COLUMNS] */
  float *targets; /* [n][N_SOURCES] */
  float *weights; /* [n] */
  size_t n, room;
} Cells;

static void
fail(const char *what, const char *why)
{
  fprintf(stderr, "classic-weights: %s: %s\n", what, why);
  exit(1);
}

static void *
must(void *memory)
{
  if (memory == NULL)
    fail("memory", "there is not enough");
  return memory;
}

static Song
open_song(const char *folder)
{
  Song song = { .folder = folder, .n_samples = INT64_MAX };
  const char *const endings[] = { "ogg", "flac" };
  for (int j = 0; j < N_SOURCES; j++)
    for (int e = 0; e < 2 && song.stems[j] == NULL; e++) {
      char path[4096];
      SgError error;
      snprintf(path, sizeof path, "%s/%s.%s", folder, source_names[j], endings[e]);
      if (sg_decode_file(path, true, NULL, NULL, NULL, &song.stems[j], NULL, &error) != SG_OK) {
        if (error.status != SG_NOT_FOUND)
          fail(path, sg_status_id(error.status));
        song.stems[j] = NULL;
      } else if (sg_pcm_rate(song.stems[j]) != RATE_HZ || sg_pcm_n_channels(song.stems[j]) != 2) {
        fail(path, "expected stereo at 44.1 kHz");
      } else if (sg_pcm_n_samples(song.stems[j]) < song.n_samples) {
        song.n_samples = sg_pcm_n_samples(song.stems[j]);
      }
    }
  return song;
}

/* One channel of a stem times `gain`; returns its root mean square before. */
static double
read_stem(const SgPcm *stem, int64_t start, int64_t n, int channel, double level, float *out)
{
  float *channels[2] = { must(SG_NEW(float, (size_t)n)), must(SG_NEW(float, (size_t)n)) };
  SgError error;
  if (sg_pcm_read(stem, start, n, channels, &error) != SG_OK)
    fail("reading", sg_status_id(error.status));
  double power = 0.0;
  for (int64_t i = 0; i < n; i++)
    power += (double)channels[channel][i] * channels[channel][i];
  double rms = sqrt(power / (double)n), gain = level > 0.0 ? level / fmax(rms, 0.01) : 1.0;
  for (int64_t i = 0; i < n; i++)
    out[i] = (float)(gain * channels[channel][i]);
  sg_free(channels[0]);
  sg_free(channels[1]);
  return rms;
}

static Example
new_example(void)
{
  Example example = { .n = (int64_t)EXCERPT_S * RATE_HZ };
  for (int j = 0; j < N_SOURCES; j++)
    example.samples[j] = must(SG_NEW(float, (size_t)example.n));
  return example;
}

static void
free_example(Example *example)
{
  for (int j = 0; j < N_SOURCES; j++)
    sg_free(example->samples[j]);
}

static Example
take_excerpt(const Song *song, SgRandom *random)
{
  Example example = new_example();
  int64_t left = song->n_samples > example.n ? song->n_samples - example.n : 1;
  int64_t start = (int64_t)sg_random_below(random, (uint64_t)left);
  int channel = (int)sg_random_below(random, 2);
  for (int j = 0; j < N_SOURCES; j++)
    if (song->stems[j] != NULL)
      read_stem(song->stems[j], start, example.n, channel, 0.0, example.samples[j]);
  return example;
}

/* A song gives one excerpt for every EXCERPT_EVERY_S, at least one. */
static int
count_excerpts(const Song *song)
{
  int64_t n = song->n_samples / ((int64_t)EXCERPT_EVERY_S * RATE_HZ);
  return n > 1 ? (int)n : 1;
}

/* Every source from a song of its own, some sources missing, at levels 12 dB around each other. */
static Example
make_mix(const Song *songs, size_t n_songs, SgRandom *random)
{
  const double missing[N_SOURCES] = { 0.05, 0.3, 0.0, 0.15 };
  Example example = new_example();
  for (int j = 0; j < N_SOURCES; j++) {
    if (sg_random_unit(random) < missing[j])
      continue;
    const Song *song;
    do
      song = &songs[sg_random_below(random, n_songs)];
    while (song->stems[j] == NULL);
    int64_t left = song->n_samples > example.n ? song->n_samples - example.n : 1;
    int64_t start = (int64_t)sg_random_below(random, (uint64_t)left);
    double level = 0.06 * pow(10.0, (12.0 * sg_random_unit(random) - 8.0) / 20.0);
    int channel = (int)sg_random_below(random, 2);
    if (read_stem(song->stems[j], start, example.n, channel, level, example.samples[j]) < 2e-3)
      memset(example.samples[j], 0, (size_t)example.n * sizeof(float));
  }
  return example;
}

/* The transform of n samples, and the padded samples that it is made of. */
static SgComplex *
transform(SgStftSize size, const float *samples, int64_t n, int64_t *out_n_frames, float **out_padded)
{
  int64_t n_frames = sg_stft_n_frames(size, n);
  float *padded = must(SG_NEW(float, (size_t)((n_frames - 1) * size.hop + size.window)));
  SgComplex *spectra = must(SG_NEW(SgComplex, (size_t)n_frames * size.n_bins));
  SgStft *stft = must(sg_stft_new(size));
  SgStftWork *work = must(sg_stft_work_new(stft));
  memcpy(padded + size.window / 2, samples, (size_t)n * sizeof *samples);
  sg_stft_analyse(stft, work, padded, n_frames, spectra);
  sg_stft_work_free(work);
  sg_stft_free(stft);
  *out_n_frames = n_frames;
  if (out_padded != NULL)
    *out_padded = padded;
  else
    sg_free(padded);
  return spectra;
}

/* The columns of one cell: 1 at the bias knots around it, every cue at its knots. */
static void
fill_row(const SgClassicCues *cues, size_t cell, double freq_hz, float *out_row)
{
  size_t at;
  float fraction;
  memset(out_row, 0, N_COLUMNS * sizeof *out_row);
  sg_classic_find_knot(sg_classic_bias_knots_hz, N_BIAS, freq_hz, &at, &fraction);
  out_row[at] = 1.0f - fraction;
  out_row[at + 1] = fraction;
  sg_classic_find_knot(sg_classic_cue_knots_hz, N_CUE, freq_hz, &at, &fraction);
  for (size_t i = 0; i < SG_N_CUES; i++) {
    float cue = sg_classic_cues_plane(cues, (SgCue)i)[cell];
    out_row[N_BIAS + i * N_CUE + at] = (1.0f - fraction) * cue;
    out_row[N_BIAS + i * N_CUE + at + 1] = fraction * cue;
  }
}

static void
add_cell(const SgClassicCues *cues, size_t plane_cell, SgComplex x, const SgComplex *parts, double freq_hz,
         double weight, Cells *cells)
{
  if (cells->n == cells->room)
    return;
  fill_row(cues, plane_cell, freq_hz, cells->rows + cells->n * N_COLUMNS);
  double power = (double)crealf(x) * crealf(x) + (double)cimagf(x) * cimagf(x);
  for (int j = 0; j < N_SOURCES; j++) {
    double share = ((double)crealf(parts[j]) * crealf(x) + (double)cimagf(parts[j]) * cimagf(x)) / power;
    cells->targets[cells->n * N_SOURCES + (size_t)j] = (float)fmin(fmax(share, -0.5), 1.5);
  }
  cells->weights[cells->n++] = (float)weight;
}

/* Draws cells of an example by equal steps along the sum of its magnitudes, chunk by chunk of the method's
 * grid. */
static void
draw_cells(const Example *example, SgRandom *random, Cells *cells)
{
  SgStftSize size = sg_stft_size_for_rate(RATE_HZ);
  size_t n_bins = size.n_bins, second = RATE_HZ / size.hop;
  float *mixture = must(SG_NEW(float, (size_t)example->n)), *padded;
  for (int j = 0; j < N_SOURCES; j++)
    for (int64_t i = 0; i < example->n; i++)
      mixture[i] += example->samples[j][i];
  int64_t n_frames;
  SgComplex *spectra = transform(size, mixture, example->n, &n_frames, &padded), *parts[N_SOURCES];
  for (int j = 0; j < N_SOURCES; j++)
    parts[j] = transform(size, example->samples[j], example->n, &n_frames, NULL);

  double *power = must(SG_NEW(double, (size_t)n_frames / second + 1)), sum = 0.0, loudest = 0.0;
  for (size_t i = 0; i < (size_t)n_frames * n_bins; i++) {
    double v = cabsf(spectra[i]);
    sum += v;
    power[i / n_bins / second] += v * v;
  }
  for (size_t s = 0; s < (size_t)n_frames / second + 1; s++)
    loudest = fmax(loudest, power[s]);
  double step = sum / CELLS, next = sg_random_unit(random) * step, so_far = 0.0;

  enum { CHUNK = SG_CLASSIC_CHUNK_FRAMES, CONTEXT = SG_CLASSIC_CONTEXT_FRAMES };
  SgClassicCues *cues = must(sg_classic_cues_new(size, RATE_HZ, CHUNK + 2 * CONTEXT, CHUNK));
  atomic_bool cancelled = false;
  for (int64_t chunk = 0; chunk < n_frames; chunk += CHUNK) {
    int64_t from = chunk > CONTEXT ? chunk - CONTEXT : 0;
    int64_t end = chunk + CHUNK + CONTEXT < n_frames ? chunk + CHUNK + CONTEXT : n_frames;
    size_t n = (size_t)(chunk + CHUNK < n_frames ? CHUNK : n_frames - chunk);
    if (sg_classic_cues_run(cues, spectra + (size_t)from * n_bins, padded + from * size.hop,
                            (size_t)(end - from), (size_t)(chunk - from), n, &cancelled, NULL) != SG_OK)
      fail("cues", "not made");
    for (size_t i = 0; i < n * n_bins; i++) {
      size_t cell = (size_t)chunk * n_bins + i;
      double v = cabsf(spectra[cell]);
      so_far += v;
      if (so_far < next || v == 0.0)
        continue;
      SgComplex of_sources[N_SOURCES];
      for (int j = 0; j < N_SOURCES; j++)
        of_sources[j] = parts[j][cell];
      double of_second = power[cell / n_bins / second] + 1e-4 * loudest;
      for (; next <= so_far; next += step)
        add_cell(cues, i, spectra[cell], of_sources, (double)(cell % n_bins) * RATE_HZ / size.window,
                 v * v / of_second * (sum / v), cells);
    }
  }
  sg_classic_cues_free(cues);
  sg_free(power);
  sg_free(spectra);
  sg_free(padded);
  sg_free(mixture);
  for (int j = 0; j < N_SOURCES; j++)
    sg_free(parts[j]);
}

/* Half the gradient of the loss at W[N_COLUMNS][N_SOURCES] for cells from … to − 1 added; returns the loss.
 */
static double
add_gradient(const Cells *cells, size_t from, size_t n, const float *w, float *z, float *gradient)
{
  const float *rows = cells->rows + from * N_COLUMNS;
  double loss = 0.0;
  sg_gemm_float(false, false, n, N_SOURCES, N_COLUMNS, 1.0f, rows, N_COLUMNS, w, N_SOURCES, 0.0f, z,
                N_SOURCES);
  for (size_t i = 0; i < n; i++) {
    const float *target = cells->targets + (from + i) * N_SOURCES;
    float *m = z + i * N_SOURCES, weight = cells->weights[from + i], greatest = m[0], sum = 0.0f, dot = 0.0f;
    float d[N_SOURCES];
    for (int j = 1; j < N_SOURCES; j++)
      greatest = fmaxf(greatest, m[j]);
    for (int j = 0; j < N_SOURCES; j++)
      sum += m[j] = expf(m[j] - greatest);
    for (int j = 0; j < N_SOURCES; j++) {
      m[j] /= sum;
      d[j] = m[j] - target[j];
      loss += (double)(weight * d[j] * d[j]);
      dot += d[j] * m[j];
    }
    for (int j = 0; j < N_SOURCES; j++)
      m[j] = weight * m[j] * (d[j] - dot);
  }
  sg_gemm_float(true, false, N_COLUMNS, N_SOURCES, n, 1.0f, rows, N_COLUMNS, z, N_SOURCES, 1.0f, gradient,
                N_SOURCES);
  return loss;
}

/* The columns of a cue become 0. */
static void
leave_out(Cells *cells, size_t cue)
{
  for (size_t i = 0; i < cells->n; i++)
    memset(cells->rows + i * N_COLUMNS + N_BIAS + cue * N_CUE, 0, N_CUE * sizeof *cells->rows);
}

static void
fit(Cells *cells, int n_iterations, float *w)
{
  enum { N = N_COLUMNS * N_SOURCES, BLOCK = 4096 };
  static float gradient[N], first[N], second[N];
  float *z = must(SG_NEW(float, BLOCK *N_SOURCES));
  double total = 0.0;
  for (size_t i = 0; i < cells->n; i++)
    total += cells->weights[i];
  for (size_t i = 0; i < cells->n; i++)
    cells->weights[i] = (float)(cells->weights[i] / total);
  for (int step = 1; step <= n_iterations; step++) {
    double loss = 0.0, rate = 0.05 * 0.5 * (1.0 + cos(M_PI * step / n_iterations));
    memset(gradient, 0, sizeof gradient);
    for (size_t from = 0; from < cells->n; from += BLOCK)
      loss += add_gradient(cells, from, cells->n - from < BLOCK ? cells->n - from : BLOCK, w, z, gradient);
    for (int i = 0; i < N; i++) {
      loss += LAMBDA * (double)(w[i] * w[i]);
      double g = 2.0 * (double)gradient[i] + 2.0 * LAMBDA * (double)w[i];
      first[i] = (float)(0.9 * (double)first[i] + 0.1 * g);
      second[i] = (float)(0.99 * (double)second[i] + 0.01 * g * g);
      double mean = (double)first[i] / (1.0 - pow(0.9, step));
      double square = (double)second[i] / (1.0 - pow(0.99, step));
      w[i] -= (float)(rate * mean / (sqrt(square) + 1e-8));
    }
    if (step % 50 == 0 || step == 1)
      fprintf(stderr, "step %d: loss %.5f\n", step, loss);
  }
  sg_free(z);
}

static void
print_rows(const float *w, size_t n_rows, const char *indent)
{
  for (size_t r = 0; r < n_rows; r++) {
    printf("%s{", indent);
    for (int j = 0; j < N_SOURCES; j++)
      printf("%s%.4ff", j > 0 ? ", " : " ", (double)w[r * N_SOURCES + (size_t)j]);
    printf(" },\n");
  }
}

static void
print_constants(const float *w)
{
  printf("/* Generated by data/methods/classic-weights.c; data/methods/README.md tells from what. */\n"
         "#include \"core/separate/classic-weights.h\"\n\n"
         "const float sg_classic_bias[SG_CLASSIC_N_BIAS_KNOTS][SG_CLASSIC_N_SOURCES] = {\n");
  print_rows(w, N_BIAS, "  ");
  printf(
      "};\n\nconst float sg_classic_weights[SG_N_CUES][SG_CLASSIC_N_CUE_KNOTS][SG_CLASSIC_N_SOURCES] = {\n");
  for (size_t i = 0; i < SG_N_CUES; i++) {
    printf("  {\n");
    print_rows(w + (N_BIAS + i * N_CUE) * N_SOURCES, N_CUE, "    ");
    printf("  },\n");
  }
  printf("};\n");
}

int
main(int argc, char **argv)
{
  static float w[N_COLUMNS * N_SOURCES];
  static Song songs[MAX_SONGS];
  size_t n_songs = 0;
  int n_iterations = 400;
  bool without[SG_N_CUES] = { false };
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--iterations") == 0 && i + 1 < argc)
      n_iterations = atoi(argv[++i]);
    else if (strcmp(argv[i], "--without") == 0 && i + 1 < argc && (size_t)atoi(argv[i + 1]) < SG_N_CUES)
      without[atoi(argv[++i])] = true;
    else if (n_songs < MAX_SONGS)
      songs[n_songs++] = open_song(argv[i]);
  if (n_songs == 0)
    fail("usage",
         "classic-weights [--iterations N] [--without CUE]… SONG-FOLDER… > core/separate/classic-weights.c");
  size_t n_examples = N_MIXES, n_done = 0;
  for (size_t i = 0; i < n_songs; i++)
    n_examples += (size_t)count_excerpts(&songs[i]);
  Cells cells = { .room = n_examples * (CELLS + 1) };
  cells.rows = must(SG_NEW(float, cells.room *N_COLUMNS));
  cells.targets = must(SG_NEW(float, cells.room *N_SOURCES));
  cells.weights = must(SG_NEW(float, cells.room));
  SgRandom random = sg_random_seeded(1);
  for (size_t i = 0; i <= n_songs; i++) {
    int n = i < n_songs ? count_excerpts(&songs[i]) : N_MIXES;
    for (int k = 0; k < n; k++) {
      Example example = i < n_songs ? take_excerpt(&songs[i], &random) : make_mix(songs, n_songs, &random);
      draw_cells(&example, &random, &cells);
      free_example(&example);
      fprintf(stderr, "\r%zu of %zu examples", ++n_done, n_examples);
    }
  }
  fputc('\n', stderr);
  for (size_t i = 0; i < SG_N_CUES; i++)
    if (without[i])
      leave_out(&cells, i);
  fit(&cells, n_iterations, w);
  print_constants(w);
  for (size_t i = 0; i < n_songs; i++)
    for (int j = 0; j < N_SOURCES; j++)
      sg_pcm_free(songs[i].stems[j]);
  sg_free(cells.rows);
  sg_free(cells.targets);
  sg_free(cells.weights);
  return 0;
}
