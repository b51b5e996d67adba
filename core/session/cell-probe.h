/* SgCellProbe: what one cell of time and frequency holds: the row's level and every source's share, read from
 * the song and the masks themselves (strengths applied) in a background thread, so that no disk is waited
 * for. The last question wins. Main thread only. Signal: "found": sg_cell_probe_get_cell has an answer. */
#pragma once

#include "core/session/mask-set.h"

G_BEGIN_DECLS

#define SG_TYPE_CELL_PROBE (sg_cell_probe_get_type())
G_DECLARE_FINAL_TYPE(SgCellProbe, sg_cell_probe, SG, CELL_PROBE, GObject)

/* What is asked: the cell of the separation's transform that is nearest to this place. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set; /* may be NULL */
  SgRenderSettings settings;
  int source; /* of the row; < 0: the mixture */
  double sample;
  double freq_hz;
} SgCellQuestion;

typedef struct {
  int source;
  double sample, freq_hz;        /* as asked */
  double level_db;               /* of the row; a full-scale sine is 0 dB; NAN: not known */
  guint n_sources;               /* 0: no masks there (yet) */
  double shares[SG_MAX_SOURCES]; /* of the energy; their sum is 1 */
} SgCell;

SgCellProbe *sg_cell_probe_new(void);
/* Keeps references to what is asked about. */
void sg_cell_probe_ask(SgCellProbe *self, const SgCellQuestion *question);
/* No answer is wanted any more. */
void sg_cell_probe_forget(SgCellProbe *self);
const SgCell *sg_cell_probe_get_cell(SgCellProbe *self);

G_END_DECLS
