/* SgInspectorLine: what lies at one cell: row, time, frequency, nearest note, level, and what share each
 * source has of it. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/cell-probe.h"

G_BEGIN_DECLS

#define SG_TYPE_INSPECTOR_LINE (sg_inspector_line_get_type())
G_DECLARE_FINAL_TYPE(SgInspectorLine, sg_inspector_line, SG, INSPECTOR_LINE, GtkWidget)

GtkWidget *sg_inspector_line_new(void);

/* Shows a cell of a song of this rate; `stems` are SgStem objects. The shares shown stay until new ones come.
 */
void sg_inspector_line_set_cell(SgInspectorLine *self, const SgCell *cell, guint rate_hz, GListModel *stems);
/* Shows nothing. */
void sg_inspector_line_clear(SgInspectorLine *self);
/* All of it as one sentence, for screen readers. */
const char *sg_inspector_line_get_text(SgInspectorLine *self);

G_END_DECLS
