#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "app/cli/eval.h"
#include "core/session/score-text.h"

enum { LEAST_NAME = 6, MOST_SOURCE = 14, MOST_SYSTEM = 18, MOST_VALUES = 4 };

/* Widths of the columns of names. */
typedef struct {
  const Eval *eval;
  const EvalMeasure *measure;
  int source, system;
} Table;

/* One line of scores. */
typedef struct {
  const char *source; /* "" below a line of the same source */
  const char *system;
  double values[MOST_VALUES];
  double mixture, baseline;
  const char *remark; /* which baseline it is, or how many tracks there are */
  gboolean is_oracle;
} Line;

/* Columns that the text takes on a terminal. */
static int
width_of(const char *text)
{
  int width = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
  }
  return width;
}

/* Exactly `width` columns: cut with "…" or filled with blanks, on the left or the right. */
static void
print_cell(const char *text, int width, gboolean to_the_right)
{
  int missing = width - width_of(text);
  if (missing < 0) {
    const char *end = text;
    int used = 0;
    for (; used < width - 1; end = g_utf8_next_char(end)) {
      g_autofree char *one = g_strndup(end, (gsize)(g_utf8_next_char(end) - end));
      if (used + width_of(one) > width - 1)
        break;
      used += width_of(one);
    }
    printf("%.*s…%*s", (int)(end - text), text, width - 1 - used, "");
    return;
  }
  printf("%*s%s%*s", to_the_right ? missing : 0, "", text, to_the_right ? 0 : missing, "");
}

static void
print_number(double value, int width)
{
  char text[32];
  if (isnan(value))
    g_snprintf(text, sizeof text, "–");
  else if (isinf(value))
    g_snprintf(text, sizeof text, value > 0 ? "∞" : "-∞");
  else
    g_snprintf(text, sizeof text, "%.2f", fabs(value) < 0.005 ? 0.0 : value);
  print_cell(text, width, TRUE);
}

static void
print_header(const Table *table)
{
  printf("%*s", 2 + table->source + 1 + table->system, "");
  for (gsize i = 0; i < table->measure->n_values; i++)
    print_cell(table->measure->names[i], 8, TRUE);
  print_cell(_("mixture"), 10, TRUE);
  print_cell(_("baseline"), 10, TRUE);
  putchar('\n');
}

static void
print_line(const Table *table, const Line *line)
{
  printf("  ");
  print_cell(line->source, table->source, FALSE);
  putchar(' ');
  print_cell(line->system, table->system, FALSE);
  for (gsize i = 0; i < table->measure->n_values; i++)
    print_number(line->values[i], 8);
  print_number(line->mixture, 10);
  print_number(line->baseline, 10);
  gboolean is_none = line->values[0] < line->baseline;
  if (line->remark != NULL) {
    putchar(' ');
    if (is_none)
      print_cell(line->remark, MAX(8, width_of(line->remark)), FALSE);
    else
      printf("%s", line->remark);
  }
  if (is_none)
    printf(" %s", _("no separation"));
  putchar('\n');
}

static const char *
baseline_name(const char *id)
{
  if (g_strcmp0(id, "mixture") == 0)
    return _("mixture");
  if (g_strcmp0(id, "silence") == 0)
    return _("silence");
  return g_strcmp0(id, "gain") == 0 ? _("gain") : NULL;
}

/* The lines of one source: its systems and oracles, or where there are none the mixture. */
static void
print_source(const Table *table, const EvalTrack *track, const char *source)
{
  const Eval *eval = table->eval;
  const EvalMeasure *measure = table->measure;
  const SgBaseline *baseline = eval_baseline(track, source);
  if (baseline == NULL)
    return;
  const char *best;
  Line line = { .source = source, .mixture = baseline->mixture.values[measure->first] };
  line.baseline = sg_baseline_best(baseline, measure->first, &best);
  line.remark = baseline_name(best);
  for (gsize r = 0; r < MAX(eval->n_rows, 1); r++) {
    line.system = eval->n_rows > 0 ? eval->rows[r].name : _("mixture");
    for (gsize i = 0; i < measure->n_values; i++)
      line.values[i] = eval->n_rows > 0 ? eval_value(track, source, r, measure->first + i)
                                        : baseline->mixture.values[measure->first + i];
    print_line(table, &line);
    line.source = "";
  }
}

static void
print_tracks(const Table *table)
{
  const Eval *eval = table->eval;
  for (guint t = 0; t < eval->tracks->len; t++) {
    const EvalTrack *track = eval->tracks->pdata[t];
    if (track->error != NULL)
      continue;
    puts(track->name);
    for (guint s = 0; s < eval->sources->len; s++)
      print_source(table, track, eval->sources->pdata[s]);
  }
}

static double
statistic(const Table *table, const char *source, EvalColumn column, gsize row, gsize value, gboolean mean,
          gsize *out_n)
{
  SgScoreSummary summary;
  if (!eval_summarise(table->eval, source, column, row, table->measure->first + value, &summary))
    return NAN;
  if (out_n != NULL)
    *out_n = summary.n_defined;
  return mean ? summary.mean : summary.median;
}

static void
print_summary_source(const Table *table, const char *source, gboolean mean)
{
  const Eval *eval = table->eval;
  Line line = { .source = source,
                .mixture = statistic(table, source, EVAL_COLUMN_MIXTURE, 0, 0, mean, NULL),
                .baseline = statistic(table, source, EVAL_COLUMN_BASELINE, 0, 0, mean, NULL) };
  for (gsize r = 0; r < MAX(eval->n_rows, 1); r++) {
    gboolean has_row = eval->n_rows > 0;
    gsize n = 0;
    line.system = has_row ? eval->rows[r].name : _("mixture");
    for (gsize i = 0; i < table->measure->n_values; i++)
      line.values[i] = statistic(table, source, has_row ? EVAL_COLUMN_ROW : EVAL_COLUMN_MIXTURE, r, i, mean,
                                 i == 0 ? &n : NULL);
    g_autofree char *n_tracks = g_strdup_printf(ngettext("%zu track", "%zu tracks", n), n);
    line.remark = n_tracks;
    print_line(table, &line);
    line.source = "";
  }
}

static void
print_summary(const Table *table, gboolean mean)
{
  puts(mean ? _("Mean over tracks") : _("Median over tracks"));
  for (guint s = 0; s < table->eval->sources->len; s++)
    print_summary_source(table, table->eval->sources->pdata[s], mean);
}

/* What papers on voice and accompaniment report of BSS Eval v3. */
static void
print_global(const Table *table)
{
  const Eval *eval = table->eval;
  static const char *const names[] = { "GNSDR", "GSIR", "GSAR" };
  EvalGlobal global;
  puts(_("Mean over tracks weighted by their length; GNSDR is of the SDR less the mixture's"));
  printf("%*s", 2 + table->source + 1 + table->system, "");
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    print_cell(names[i], 8, TRUE);
  putchar('\n');
  for (guint s = 0; s < eval->sources->len; s++)
    for (gsize r = 0; r < eval->n_rows && eval_global(eval, eval->sources->pdata[s], r, &global); r++) {
      printf("  ");
      print_cell(r == 0 ? eval->sources->pdata[s] : "", table->source, FALSE);
      putchar(' ');
      print_cell(eval->rows[r].name, table->system, FALSE);
      print_number(global.gnsdr, 8);
      print_number(global.gsir, 8);
      print_number(global.gsar, 8);
      putchar('\n');
    }
}

static void
print_difference(const Table *table, const char *source, gsize a, gsize b)
{
  SgPairedDifference difference;
  if (!eval_difference(table->eval, source, a, b, table->measure->first, &difference))
    return;
  g_autofree char *pair = g_strdup_printf("%s − %s", table->eval->rows[a].name, table->eval->rows[b].name);
  printf("  ");
  print_cell(source, table->source, FALSE);
  putchar(' ');
  print_cell(pair, MIN(2 * table->system + 3, 40), FALSE);
  print_number(difference.difference, 8);
  if (isnan(difference.low))
    printf("  %s\n", _("one track or none: no interval"));
  else
    printf("  [%.2f, %.2f]  %s\n", difference.low, difference.high,
           difference.low > 0.0 || difference.high < 0.0 ? _("they differ") : "");
}

/* Every pair of systems on every source. */
static void
print_differences(const Table *table)
{
  gsize n_systems = table->eval->options->systems->len;
  if (n_systems < 2)
    return;
  printf(_("Differences in %s, mean over the tracks that both have [95 %% interval, paired bootstrap]\n"),
         table->measure->names[0]);
  for (guint s = 0; s < table->eval->sources->len; s++)
    for (gsize a = 0; a < n_systems; a++)
      for (gsize b = a + 1; b < n_systems; b++)
        print_difference(table, table->eval->sources->pdata[s], a, b);
}

/* What a reader has to know about single scores. */
static void
print_notes(const Eval *eval)
{
  const guint32 told = SG_SCORE_REFERENCE_SILENT | SG_SCORE_ESTIMATE_SILENT | SG_SCORE_NO_WINDOW |
                       SG_SCORE_SHORT | SG_SCORE_SINGULAR;
  for (guint t = 0; t < eval->tracks->len; t++) {
    const EvalTrack *track = eval->tracks->pdata[t];
    for (gsize i = 0; track->error == NULL && i < eval->n_rows * track->n_sources; i++)
      for (guint bit = 0; bit < SG_N_SCORE_FLAGS; bit++)
        if ((track->scores[i].flags & told & 1u << bit) != 0)
          printf(_("“%s”, %s, %s: %s.\n"), track->name, track->sources[i % track->n_sources],
                 eval->rows[i / track->n_sources].name, sg_score_flag_text(bit));
  }
}

static Table
table_new(const Eval *eval)
{
  Table table = { .eval = eval, .source = LEAST_NAME, .system = LEAST_NAME };
  for (guint s = 0; s < eval->sources->len; s++)
    table.source = MAX(table.source, width_of(eval->sources->pdata[s]));
  for (gsize r = 0; r < eval->n_rows; r++)
    table.system = MAX(table.system, width_of(eval->rows[r].name));
  table.source = MIN(table.source, MOST_SOURCE);
  table.system = MIN(table.system, MOST_SYSTEM);
  return table;
}

void
eval_print_table(const Eval *eval)
{
  Table table = table_new(eval);
  for (gsize m = 0; m < eval_n_measures; m++) {
    table.measure = &eval_measures[m];
    if (!table.measure->in_table || (eval->options->measures & table.measure->measure) == 0)
      continue;
    printf("%s\n\n", _(table.measure->title));
    print_header(&table);
    print_tracks(&table);
    if (eval->tracks->len > 1) {
      putchar('\n');
      print_summary(&table, FALSE);
      print_summary(&table, TRUE);
      if (table.measure->measure == SG_MEASURE_BSS3)
        print_global(&table);
    }
    if (eval->options->systems->len > 1) {
      putchar('\n');
      print_differences(&table);
    }
    putchar('\n');
  }
  print_notes(eval);
  for (gsize r = 0; r < eval->n_rows; r++)
    if (eval->rows[r].is_oracle)
      printf(_("%s: an oracle, the %s.\n"), eval->rows[r].name, sg_oracle_text(eval->rows[r].oracle));
  puts(_("Baseline: the best of the mixture, silence and the mixture at its best constant gain;\n"
         "a score below it is no separation."));
}
