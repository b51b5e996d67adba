#include "core/session/score-text.h"

#include <glib/gi18n-lib.h>

static const char *const flags[SG_N_SCORE_FLAGS] = {
  N_("there is no estimate"),
  N_("the reference is silent throughout"),
  N_("the estimate is silent throughout"),
  N_("another source of the track is silent throughout"),
  N_("seconds in which a source or an estimate is silent are left out"),
  N_("in every second some source or estimate is silent, so no value along time exists"),
  N_("the track is shorter than a second"),
  N_("the references depend on one another, so interference cannot be told to belong to one of them"),
  N_("the estimate is longer than the reference and was cut"),
  N_("the estimate is shorter than the reference and was filled with silence"),
  N_("the edges of the seconds dominate ISR, SIR and SAR along time, as the references hold nothing above "
     "some "
     "frequency; those of the whole track hold"),
};

static const char *const oracles[SG_N_ORACLES] = {
  N_("ideal binary mask"),
  N_("ideal ratio mask of magnitudes"),
  N_("ideal ratio mask of powers"),
  N_("multichannel Wiener filter with the true statistics"),
};

const char *
sg_score_flag_text(guint bit)
{
  return bit < SG_N_SCORE_FLAGS ? _(flags[bit]) : NULL;
}

const char *
sg_oracle_text(SgOracle oracle)
{
  return (guint)oracle < SG_N_ORACLES ? _(oracles[oracle]) : NULL;
}
