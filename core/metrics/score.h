/* What scoring one source of one track gives.
 *
 * Units: every value is in dB. NaN means undefined, and the flags say why; +infinity is what the formula
 * gives when there is no error at all (an estimate equal to its reference). Numbers beyond about 250 dB are
 * rounding, not quality. Ownership: a score owns its curves; sg_score_clear frees them (a zeroed score may be
 * cleared). Threads: plain data. Audio callback: no.
 */
#pragma once

#include <stdint.h>

/* The numbers of one source, as indices of SgScore.values.
 *
 * BSS4: BSS Eval v4 on source images (Liutkus, Stöter and Ito, LVA/ICA 2018), the definition of the Python
 * package museval: distortion filters of 512 taps fitted once over the track, windows of 1 s, the median over
 * the windows that are defined. BSS4_GLOBAL: the same errors over the whole track as one window. BSS3: BSS
 * Eval v3 (Vincent, Gribonval and Févotte, IEEE TASLP 14(4), 2006) over the whole track: on one channel
 * bss_eval_sources (ISR is then undefined), on more bss_eval_images, as mir_eval.separation computes them
 * without permutation; on more than one channel BSS3 therefore equals BSS4_GLOBAL. SI_SDR: Le Roux et al.,
 * ICASSP 2019, over all channels together, no mean is removed. MDX_SDR: 10·log10((Σs² + 1e−7)/(Σ(s−ŝ)² +
 * 1e−7)) over all samples and channels (Mitsufuji et al., MDX challenge 2021). */
typedef enum {
  SG_BSS4_SDR,
  SG_BSS4_ISR,
  SG_BSS4_SIR,
  SG_BSS4_SAR,
  SG_BSS4_GLOBAL_SDR,
  SG_BSS4_GLOBAL_ISR,
  SG_BSS4_GLOBAL_SIR,
  SG_BSS4_GLOBAL_SAR,
  SG_BSS3_SDR,
  SG_BSS3_ISR,
  SG_BSS3_SIR,
  SG_BSS3_SAR,
  SG_SI_SDR,
  SG_MDX_SDR,
  SG_N_SCORE_VALUES
} SgScoreValue;

/* The curves over windows, as indices of SgScore.curves. */
typedef enum { SG_CURVE_SDR, SG_CURVE_ISR, SG_CURVE_SIR, SG_CURVE_SAR, SG_N_CURVES } SgScoreCurve;

/* What to compute; combine with |. The first two need the least work (no projections); BSS4_SDR alone gives
 * SG_BSS4_SDR, SG_BSS4_GLOBAL_SDR and the SDR curve, which are plain signal-to-noise ratios. */
enum {
  SG_MEASURE_MDX = 1 << 0,    /* SG_MDX_SDR */
  SG_MEASURE_SI_SDR = 1 << 1, /* SG_SI_SDR */
  SG_MEASURE_BSS4_SDR = 1 << 2,
  SG_MEASURE_BSS4 = 1 << 3, /* all of BSS4, BSS4_GLOBAL and all curves */
  SG_MEASURE_BSS3 = 1 << 4,
  SG_MEASURE_ALL = (1 << 5) - 1
};

/* Why values are undefined or to be read with care. */
enum {
  /* No estimate was given for this source: all its values are NaN. Its reference stays in the projections of
   * the others (museval drops it there, and what leaks from it then counts as artefact). */
  SG_SCORE_NO_ESTIMATE = 1 << 0,
  /* The true source is zero throughout: nothing but SG_MDX_SDR is defined. The other sources are scored as if
   * it were not in the set (museval and mir_eval refuse such a track) and carry SG_SCORE_SET_REDUCED. */
  SG_SCORE_REFERENCE_SILENT = 1 << 1,
  /* The estimate is zero throughout: SDR and ISR are 0 dB by their definition, SIR, SAR, SI-SDR and v3 on one
   * channel are undefined. Its silence does not undefine the windows of the others (museval and mir_eval
   * refuse such a track). */
  SG_SCORE_ESTIMATE_SILENT = 1 << 2,
  /* Another source of the set is silent throughout, in truth or as estimated. */
  SG_SCORE_SET_REDUCED = 1 << 3,
  /* Some windows are undefined: some reference or some estimate is zero in all of the window (the sum of its
   * channels is: so museval tests it). They count for no source. */
  SG_SCORE_WINDOWS_SILENT = 1 << 4,
  /* All of them are: the BSS4 medians are NaN. */
  SG_SCORE_NO_WINDOW = 1 << 5,
  /* The track is shorter than one window, which then is the track. */
  SG_SCORE_SHORT = 1 << 6,
  /* The delayed references are linearly dependent to working precision (equal references, dual mono, fewer
   * samples than taps). The projection onto what they span is unique and was computed, but SIR may have lost
   * its meaning: what lies in the span of two references belongs to neither alone. */
  SG_SCORE_SINGULAR = 1 << 7,
  /* The estimate is longer than the reference and was cut, or shorter and was filled with zeros. */
  SG_SCORE_CUT = 1 << 8,
  SG_SCORE_PADDED = 1 << 9,
  /* In more than a tenth of the windows cutting the references to the window makes a projection more than
   * twice as strong: the filters of 512 taps are hardly determined (references without anything above some
   * frequency, as lossy codecs leave them when decoded to floats), their gains are huge, and the edges of the
   * windows ring through them. ISR, SIR and SAR of BSS4 are then as museval defines them and say little; SDR
   * and the values of the whole track hold. */
  SG_SCORE_WINDOW_EDGES = 1 << 10,
  SG_N_SCORE_FLAGS = 11
};

typedef struct {
  double values[SG_N_SCORE_VALUES];
  uint32_t flags;
  int64_t n_windows;           /* of the curves */
  int64_t n_defined;           /* windows that are not undefined by silence */
  double *curves[SG_N_CURVES]; /* [n_windows] each, or NULL when BSS4 was not asked for */
} SgScore;

/* Frees the curves and zeroes the score; NULL is ignored. */
void sg_score_clear(SgScore *score);

/* Stable identifiers: "bss4-sdr", "bss4-global-isr", "si-sdr" …; "no-estimate" … for the flag 1 << `bit`.
 * NULL beyond the last. */
const char *sg_score_value_id(SgScoreValue value);
const char *sg_score_flag_id(unsigned bit);
