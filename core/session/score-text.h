/* What scores are called, for people. All results are translated and borrowed. */
#pragma once

#include <glib.h>

#include "core/metrics/oracles.h"
#include "core/metrics/score.h"

G_BEGIN_DECLS

/* A phrase without a full stop about flag 1 << `bit` of a score: what it says of the source; NULL beyond the
 * last. */
const char *sg_score_flag_text(guint bit);

/* "ideal ratio mask of powers" …; NULL beyond the last. */
const char *sg_oracle_text(SgOracle oracle);

G_END_DECLS
