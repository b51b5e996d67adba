/* What several tests share: folders that vanish, seeded random numbers, generated songs, sound files of all
 * formats. A helper that cannot do its work ends the test. */
#pragma once

#include <glib.h>

#include "core/base/random.h"
#include "core/io/pcm.h"
#include "core/render/renderer.h"
#include "core/separate/separation.h"

/* Fails, naming both, unless the call gives this status. */
#define test_assert_status(call, expected) g_assert_cmpstr(sg_status_id(call), ==, sg_status_id(expected))
#define test_assert_ok(call) test_assert_status(call, SG_OK)

/* A new empty folder on a disk; removed with all that is in it. */
typedef char TestFolder;
TestFolder *test_folder_new(void);
void test_folder_remove(TestFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestFolder, test_folder_remove)

/* Files and folders below `folder`; 0 when there is none of this name. */
guint test_folder_count(const char *folder);

/* Whole files; test_file_equal compares two. */
void test_file_write(const char *path, const void *bytes, gsize n);
GBytes *test_file_read(const char *path);
gboolean test_file_equal(const char *a, const char *b);
/* Keeps only the first `n` bytes. */
void test_file_cut(const char *path, gint64 n);

/* Seeded from g_test's printed seed (--seed repeats a run). */
SgRandom test_random(void);
double test_seconds(void);

/* Time on the clock, and of the processors for this process, since it began. */
typedef struct {
  double clock_s, worked_s;
} TestTime;
TestTime test_time(void);
TestTime test_time_since(TestTime then);
/* Fails unless it took less than `seconds`, of work and on the clock; both are printed, for a busy machine
 * is slow with little work. */
void test_assert_soon(TestTime passed, double seconds);
/* What another process has had of the processors' time. */
double test_worked_seconds(GPid process);

/* 20·log10 of an amplitude, 10·log10(Σ wanted² / Σ (wanted − got)²). */
double test_dbfs(double amplitude);
double test_sdr(const float *wanted, const float *got, gint64 n);

/* n × n_channels interleaved: a beat and two notes, another in each channel, with a little noise; below
 * ±0.95. */
float *test_band_new(guint rate_hz, guint n_channels, gint64 n, guint64 seed);
SgPcm *test_pcm_new(guint rate_hz, guint n_channels, gint64 n, const float *interleaved);
SgPcm *test_band_pcm_new(guint rate_hz, guint n_channels, gint64 n);
/* All samples of a song, interleaved. */
float *test_pcm_dup(const SgPcm *pcm);

/* Writes minutes of a generated song as 16-bit WAV, a piece of ten seconds over and over. */
void test_long_song_write(const char *path, guint rate_hz, guint n_channels, guint minutes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgPcm, sg_pcm_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgSeparation, sg_separation_free)

/* HPSS prepared with its standard knobs; run on `n_threads` when that is not 0. */
SgSeparation *test_hpss_new(const SgPcm *pcm, guint n_threads);
/* Any separation; run on `n_threads` when that is not 0. */
SgSeparation *test_separation_new(const SgPcm *pcm, const SgMethodClass *method, guint wiener_iterations,
                                  guint n_threads);
/* The codes of all masks, and how many bytes those are. */
guint8 *test_codes_dup(const SgSeparation *separation, gsize *out_n);
/* The whole song rendered in blocks of `block` samples: [source][n × n_channels]. */
float *test_render_dup(const SgSeparation *separation, const SgRenderSettings *settings, gint64 block);

/* Peak of what the stems so rendered miss of `mixture`, interleaved. */
double test_null_peak(const SgSeparation *separation, const float *mixture, const SgRenderSettings *settings,
                      gint64 block);

/* Writes a sound file by libsndfile. `format`: "wav16", "wav24", "wav32f", "wav64f", "rf64", "flac16",
 * "flac24", "ogg", "opus", "mp3", "aiff16", "caf16", "w64", "au16". */
void test_sound_write(const char *path, const char *format, guint rate_hz, guint n_channels,
                      const float *interleaved, gint64 n);
