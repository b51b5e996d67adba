#include "ui/row-order.h"

#include <glib/gi18n.h>

static SgStem *
stem_of(GtkWidget *row)
{
  return sg_track_row_get_stem(SG_TRACK_ROW(row));
}

/* Whether a row has to stand above another; the mixture's above all. */
static gboolean
is_before(GtkWidget *row, GtkWidget *other)
{
  if (stem_of(row) == NULL || stem_of(other) == NULL)
    return stem_of(row) == NULL && stem_of(other) != NULL;
  return sg_stem_get_place(stem_of(row)) < sg_stem_get_place(stem_of(other));
}

void
sg_row_order_apply(GtkWidget *box)
{
  GtkWidget *next, *row = gtk_widget_get_first_child(box);
  for (; row != NULL; row = next) {
    next = gtk_widget_get_next_sibling(row);
    GtkWidget *before = gtk_widget_get_prev_sibling(row), *above = before;
    while (above != NULL && is_before(row, above))
      above = gtk_widget_get_prev_sibling(above);
    if (above != before)
      gtk_box_reorder_child_after(GTK_BOX(box), row, above);
  }
}

void
sg_row_order_move_behind(GtkWidget *row, GtkWidget *before, SgHistory *history)
{
  if (stem_of(row) == NULL || before == row)
    return;
  g_autofree char *name = g_strdup_printf("%s: %s", sg_stem_get_name(stem_of(row)), _("Move"));
  /* The rows may be put in order at each change, so what their order will be is noted first. */
  g_autoptr(GPtrArray) stems = g_ptr_array_new();
  for (GtkWidget *other = gtk_widget_get_first_child(gtk_widget_get_parent(row)); other != NULL;
       other = gtk_widget_get_next_sibling(other)) {
    if (other != row && stem_of(other) != NULL)
      g_ptr_array_add(stems, stem_of(other));
    if (other == before)
      g_ptr_array_add(stems, stem_of(row));
  }
  sg_history_begin_group(history, name);
  for (guint i = 0; i < stems->len; i++)
    sg_stem_set_place(stems->pdata[i], i);
  sg_history_end_group(history);
}

void
sg_row_order_move_by(GtkWidget *row, int n_rows, SgHistory *history)
{
  GtkWidget *before = n_rows > 0 ? row : gtk_widget_get_prev_sibling(row);
  for (int i = 0; i < ABS(n_rows) && before != NULL; i++)
    before = n_rows > 0 ? gtk_widget_get_next_sibling(before) : gtk_widget_get_prev_sibling(before);
  if (before != NULL)
    sg_row_order_move_behind(row, before, history);
}
