/* The order of a song's rows in their box: the mixture's first, then as the places of their stems say. */
#pragma once

#include "core/session/history.h"
#include "ui/track-row.h"

G_BEGIN_DECLS

/* Puts the rows where their places say; those of one place stay as they are. */
void sg_row_order_apply(GtkWidget *box);

/* Gives the stems the places that they have with `row` behind `before`, as one step of the history. The rows
 * follow when they are told that places changed. */
void sg_row_order_move_behind(GtkWidget *row, GtkWidget *before, SgHistory *history);

/* The same by a number of rows, downwards; nothing where it would leave the stems' rows. */
void sg_row_order_move_by(GtkWidget *row, int n_rows, SgHistory *history);

G_END_DECLS
