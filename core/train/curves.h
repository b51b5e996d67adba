/* The curves of a training run: one row a look, as CSV and as JSON lines.
 *
 * The CSV's first line names the columns, "step,seconds,…"; a value that is not known then (NaN) is an empty
 * field. The other file has one JSON object a line with the same names and null instead. Each row is one
 * append of one line, so a process that is killed leaves at most one cut last line in each file; the next
 * open removes it, and every row from `resume_step` on, which the resumed run will write again.
 *
 * Ownership: free with sg_curves_free (NULL ignored). Threads: one object, one thread; others may read the
 * files. Audio callback: never. Errors: SG_BAD_ARGUMENT (a file there has other columns, `detail` names the
 * first; or a name that holds a comma, quote or line break), SG_NO_PERMISSION, SG_NO_SPACE, SG_READ_FAILED,
 * SG_WRITE_FAILED, SG_NO_MEMORY.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

enum { SG_CURVES_MAX_COLUMNS = 64, SG_CURVES_NAME_SIZE = 64 };

typedef struct SgCurves SgCurves;

/* `columns` [n_columns] without step and seconds: "loss/train", "loss/valid", "sdr/valid", … The files are
 * STEM.csv and STEM.jsonl; made when missing, gone on with when there. Rows of steps ≥ `resume_step` are
 * removed; 0 begins anew. */
SgStatus sg_curves_open(const char *stem_path, const char *const *columns, size_t n_columns,
                        int64_t resume_step, SgCurves **out_curves, SgError *error);
void sg_curves_free(SgCurves *curves);

/* `values` [n_columns], NAN for what is not known. */
SgStatus sg_curves_append(SgCurves *curves, int64_t step, double seconds, const double *values,
                          SgError *error);

/* A CSV of curves in memory, for plots. */
typedef struct {
  size_t n_columns; /* with step and seconds, which come first */
  size_t n_rows;
  char (*names)[SG_CURVES_NAME_SIZE]; /* [n_columns] */
  double *values;                     /* [n_rows][n_columns], NAN where empty */
} SgCurveTable;

/* Reads PATH.csv whole; a cut last line is left out. Free with sg_curve_table_free. SG_NOT_FOUND;
 * SG_BAD_FORMAT when it is not such a file (`position` is the line). */
SgStatus sg_curve_table_read(const char *path, SgCurveTable **out_table, SgError *error);
void sg_curve_table_free(SgCurveTable *table);
