/* stemglass-bench [NAME…]: runs the benchmarks (all, or those named) and prints them against their budgets.
 * Exit code 1 when one is over. SG_TEST_CLI names another stemglass-cli than the one of this build.
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/support.h"

typedef struct {
  const char *what, *unit;
  double measured, budget;
  BenchBound bound;
} Line;

/* Memory comes first: a child's peak cannot be told below what its parent holds when it starts. */
static const struct {
  const char *name;
  void (*run)(void);
} benchmarks[] = {
  { "memory", bench_memory },   { "cancel", bench_cancel },     { "stft", bench_stft },
  { "median", bench_median },   { "pipeline", bench_pipeline }, { "wiener", bench_wiener },
  { "metrics", bench_metrics }, { "play", bench_play },
};

static Line lines[64];
static gsize n_lines;

static gboolean
is_over(const Line *line)
{
  return (line->bound == BENCH_AT_LEAST && line->measured < line->budget) ||
         (line->bound == BENCH_AT_MOST && line->measured > line->budget);
}

static void
print_line(const Line *line)
{
  printf("%-52s %9.3g %-3s", line->what, line->measured, line->unit);
  if (line->bound == BENCH_FOR_INFORMATION)
    printf("\n");
  else
    printf("  %s %6.3g %-3s  %s\n", line->bound == BENCH_AT_LEAST ? "≥" : "≤", line->budget, line->unit,
           is_over(line) ? "OVER" : "ok");
  fflush(stdout);
}

void
bench_add(const char *what, double measured, const char *unit, BenchBound bound, double budget)
{
  g_assert_cmpuint(n_lines, <, G_N_ELEMENTS(lines));
  lines[n_lines] =
      (Line){ .what = what, .unit = unit, .measured = measured, .budget = budget, .bound = bound };
  print_line(&lines[n_lines++]);
}

double
bench_seconds(void)
{
  return test_seconds();
}

static gboolean
is_wanted(const char *name, char **names)
{
  return names[0] == NULL || g_strv_contains((const char *const *)names, name);
}

int
main(int argc, char **argv)
{
  g_setenv("SG_TEST_CLI", BENCH_CLI, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS(benchmarks); i++)
    if (is_wanted(benchmarks[i].name, argv + 1))
      benchmarks[i].run();
  int n_over = 0;
  for (gsize i = 0; i < n_lines; i++)
    n_over += is_over(&lines[i]);
  printf("%d of %zu lines over budget\n", n_over, n_lines);
  return n_over > 0;
}
