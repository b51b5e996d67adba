#include "core/metrics/score.h"

#include <string.h>

#include "core/base/memory.h"

void
sg_score_clear(SgScore *score)
{
  if (score == NULL)
    return;
  for (int c = 0; c < SG_N_CURVES; c++)
    sg_free(score->curves[c]);
  memset(score, 0, sizeof *score);
}

const char *
sg_score_value_id(SgScoreValue value)
{
  static const char *const ids[SG_N_SCORE_VALUES] = {
    [SG_BSS4_SDR] = "bss4-sdr",
    [SG_BSS4_ISR] = "bss4-isr",
    [SG_BSS4_SIR] = "bss4-sir",
    [SG_BSS4_SAR] = "bss4-sar",
    [SG_BSS4_GLOBAL_SDR] = "bss4-global-sdr",
    [SG_BSS4_GLOBAL_ISR] = "bss4-global-isr",
    [SG_BSS4_GLOBAL_SIR] = "bss4-global-sir",
    [SG_BSS4_GLOBAL_SAR] = "bss4-global-sar",
    [SG_BSS3_SDR] = "bss3-sdr",
    [SG_BSS3_ISR] = "bss3-isr",
    [SG_BSS3_SIR] = "bss3-sir",
    [SG_BSS3_SAR] = "bss3-sar",
    [SG_SI_SDR] = "si-sdr",
    [SG_MDX_SDR] = "mdx-sdr",
  };
  return value < SG_N_SCORE_VALUES ? ids[value] : NULL;
}

const char *
sg_score_flag_id(unsigned bit)
{
  static const char *const ids[SG_N_SCORE_FLAGS] = {
    "no-estimate", "reference-silent", "estimate-silent",
    "set-reduced", "windows-silent",   "no-window",
    "short",       "singular",         "cut",
    "padded",      "window-edges",
  };
  return bit < SG_N_SCORE_FLAGS ? ids[bit] : NULL;
}
