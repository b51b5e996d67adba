#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/eval.h"

/* A field, quoted as RFC 4180 has it where that is needed. */
static void
print_field(const char *text)
{
  if (strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, stdout);
    return;
  }
  putchar('"');
  for (const char *at = text; *at != '\0'; at++) {
    if (*at == '"')
      putchar('"');
    putchar(*at);
  }
  putchar('"');
}

/* Undefined is empty, infinite is "inf". */
static void
print_values(const Eval *eval, const SgScore *score)
{
  for (gsize m = 0; m < eval_n_measures; m++)
    for (gsize i = 0; i < eval_measures[m].n_values; i++) {
      if ((eval->options->measures & eval_measures[m].measure) == 0)
        continue;
      double value = score->values[eval_measures[m].first + i];
      putchar(',');
      if (!isnan(value))
        printf("%.9g", value);
    }
  putchar(',');
  const char *space = "";
  for (guint bit = 0; bit < SG_N_SCORE_FLAGS; bit++)
    if ((score->flags & 1u << bit) != 0) {
      printf("%s%s", space, sg_score_flag_id(bit));
      space = " ";
    }
  putchar('\n');
}

static void
print_record(const Eval *eval, const EvalTrack *track, gsize source, const char *kind, const char *name,
             const SgScore *score)
{
  print_field(track->name);
  putchar(',');
  print_field(track->sources[source]);
  printf(",%s,", kind);
  print_field(name);
  print_values(eval, score);
}

static void
print_header(const Eval *eval)
{
  fputs("track,source,kind,name", stdout);
  for (gsize m = 0; m < eval_n_measures; m++)
    for (gsize i = 0; i < eval_measures[m].n_values; i++)
      if ((eval->options->measures & eval_measures[m].measure) != 0)
        printf(",%s", sg_score_value_id(eval_measures[m].first + i));
  fputs(",flags\n", stdout);
}

void
eval_print_csv(const Eval *eval)
{
  print_header(eval);
  for (guint t = 0; t < eval->tracks->len; t++) {
    const EvalTrack *track = eval->tracks->pdata[t];
    for (gsize j = 0; j < track->n_sources; j++) {
      for (gsize r = 0; r < eval->n_rows; r++)
        print_record(eval, track, j, eval->rows[r].is_oracle ? "oracle" : "estimate", eval->rows[r].name,
                     &track->scores[r * track->n_sources + j]);
      print_record(eval, track, j, "baseline", "mixture", &track->baselines[j].mixture);
      print_record(eval, track, j, "baseline", "silence", &track->baselines[j].silence);
      print_record(eval, track, j, "baseline", "gain", &track->baselines[j].gain);
    }
  }
}
